"""Stations at work side by side, a stage at a time; what fails at one holds no other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

from diagnose.collect.progress import Progress
from diagnose.collect.station import Station
from diagnose.errors import DiagnoseError

AT_ONCE = 16  # hosts that are worked on (a choice: keys are exchanged on our processors)
Stage = Callable[[Station], None]


class Crew:
    """Stations that can be worked with; one that fails is told of, and drops out."""

    def __init__(self, stations: list[Station], progress: Progress) -> None:
        self.stations = stations
        self.progress = progress
        self.failed: list[Station] = []

    def each(self, says: str, stage: Stage) -> None:
        """Do one stage at all of them, and wait for that. Leaves them on Ctrl-C."""
        if not self.stations:
            return
        pool = ThreadPoolExecutor(min(len(self.stations), AT_ONCE))
        try:
            futures = [pool.submit(self._one, station, says, stage) for station in self.stations]
            for future in as_completed(futures):
                future.result()
        except BaseException:
            for station in self.stations:
                station.reach.close()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        self.stations = [station for station in self.stations if station not in self.failed]

    def _one(self, station: Station, says: str, stage: Stage) -> None:
        self.progress.says(station.name, says)
        try:
            stage(station)
        except DiagnoseError as error:
            self.failed.append(station)
            hint = f" → {error.hint}" if error.hint else ""
            self.progress.done(station.name, f"{error.what}{hint}", ok=False)
