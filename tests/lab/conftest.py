"""What of the lab is no test: programs that run on its hosts; locustfile.py would patch this process's threads."""

collect_ignore = ["locustfile.py", "api.py"]
