"""Hosts: how a command gets there, over SSH, here, or in a container, and what comes back."""
