"""What of the lab is no test: programs of its hosts (Locust's would patch our threads)."""

collect_ignore = ["locustfile.py", "api.py"]
