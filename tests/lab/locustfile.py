"""The lab's users: a ramp to LAB_USERS in LAB_RAMP_S, then a plateau until the run's time is up."""

import os
import random

from locust import FastHttpUser, LoadTestShape, constant_pacing, task

USERS = int(os.environ.get("LAB_USERS", "60"))
RAMP_S = float(os.environ.get("LAB_RAMP_S", "30"))
RUN_S = float(os.environ.get("LAB_RUN_S", "45"))
FRESH = os.environ.get("LAB_FRESH_CONNECTIONS") == "1"


class Ramp(LoadTestShape):
    def tick(self):
        at_s = self.get_run_time()
        if at_s > RUN_S:
            return None
        users = max(1, round(USERS * min(at_s / RAMP_S, 1.0)))
        return users, max(1, USERS / RAMP_S)


class Shopper(FastHttpUser):
    wait_time = constant_pacing(float(os.environ.get("LAB_PACE_S", "0.6")))
    connection_timeout = network_timeout = 20.0

    @task(3)
    def item(self):
        self._get("/item")

    @task(2)
    def items(self):
        self._get("/items")

    def _get(self, path):
        headers = {"Connection": "close"} if FRESH else {}
        self.client.get(f"{path}?u={random.randrange(99999)}", name=path, headers=headers)
