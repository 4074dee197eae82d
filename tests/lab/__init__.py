"""A real stack on one machine: each host a set of namespaces with its own files and services."""
