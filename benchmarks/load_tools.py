"""How fast large results of load tools are read, by diagnose and by what people use else.

    pip install -e . pandas; apt-get install jq
    python benchmarks/load_tools.py > docs/load-tools-speed.md

Prints the page. All read the same files, made here: a JMeter CSV, k6's samples as CSV and as
JSON lines. Peers do less: pandas reads the columns and makes counts, means and 95th percentiles
by second; jq picks them out of each line, and counts. A peer that is not installed is named and
left out. Each is a process of its own, timed from start to end, with the most memory it held.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

BEGAN_S = 1_795_406_693
CHUNK = 100_000
PAGE = """# How fast large results are read

Made by `python benchmarks/load_tools.py > docs/load-tools-speed.md` on {cpu}, one process after
another, {versions}. Each cell: seconds by the clock (other work shared the machine), seconds of
processor time, most memory.

{table}

diagnose: `diagnose analyze FILE --format none`, from start to verdict: rows are read, laid into
seconds with true percentiles, failures by kind, users; then judged. pandas: `read_csv`
(or `read_json(lines=True)`) of the columns that matter, then counts, means and 95th percentiles
by second. jq: a count of requests and failures, line by line.
"""
PANDAS = {
    "jmeter": """
import pandas as pd, sys
t = pd.read_csv(sys.argv[1], usecols=["timeStamp", "elapsed", "success"])
t["s"] = (t.timeStamp + t.elapsed) // 1000
print(len(t), t.groupby("s").elapsed.agg(["size", "mean", lambda v: v.quantile(0.95)]).shape)
""",
    "k6_csv": """
import pandas as pd, sys
t = pd.read_csv(sys.argv[1], usecols=["metric_name", "timestamp", "metric_value"])
t = t[t.metric_name == "http_req_duration"]
by = t.groupby("timestamp").metric_value
print(len(t), by.agg(["size", "mean", lambda v: v.quantile(0.95)]).shape)
""",
    "k6_json": """
import pandas as pd, sys
n = 0
for t in pd.read_json(sys.argv[1], lines=True, chunksize=200_000):
    t = t[(t.metric == "http_req_duration") & (t.type == "Point")]
    flat = pd.DataFrame({"s": t.data.map(lambda d: d["time"][:19]),
                         "v": t.data.map(lambda d: d["value"])})
    n += len(flat)
    flat.groupby("s").v.agg(["size", "mean", lambda v: v.quantile(0.95)])
print(n)
""",
}
JQ = 'select(.metric == "http_req_duration" and .type == "Point") | .data.value'


@dataclass(frozen=True)
class Timed:
    seconds: float
    busy_s: float  # of processors
    most_bytes: int


def timed(command: list[str]) -> Timed:
    """Seconds of the wall and of processors, and the largest resident set of the command.

    Raises:
        SystemExit: it failed for another reason than want of evidence.
    """
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stderr is not None
        said = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 4):
        raise SystemExit(f"{' '.join(command)[:200]} ended with {child.returncode}: {said[-2000:]}")
    took_s = time.perf_counter() - began
    return Timed(took_s, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


# -- the files ------------------------------------------------------------------------------------
def columns(first: int, n: int, rate: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Begins in ms, durations in ms, whether each went well; a knee half way."""
    rng = np.random.default_rng(first)
    at = BEGAN_S * 1000 + (first + np.arange(n)) / rate * 1000
    slow = 30 * (1 + np.maximum(0.0, (first + np.arange(n)) / (n * 10) - 1))
    return at.astype(np.int64), rng.gamma(4, slow / 4), rng.random(n) > 0.01


def write_jmeter(path: Path, rows: int, rate: float) -> None:
    head = (
        "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,"
        "failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect\n"
    )
    with path.open("w") as file:
        file.write(head)
        for first in range(0, rows, CHUNK):
            at, ms, good = columns(first, min(CHUNK, rows - first), rate)
            file.writelines(
                f"{a},{m:.0f},/page/{a % 7},{200 if g else 502},{'OK' if g else 'Bad Gateway'},"
                f"Users 1-{a % 500},text,{'true' if g else 'false'},,612,120,500,500,"
                f"http://10.0.0.1/page/{a % 7},{m:.0f},0,1\n"
                for a, m, g in zip(at.tolist(), ms.tolist(), good.tolist(), strict=True)
            )


def write_k6_csv(path: Path, rows: int, rate: float) -> None:
    head = (
        "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,"
        "method,name,proto,scenario,service,status,subproto,tls_version,url,extra_tags,metadata\n"
    )
    with path.open("w") as file:
        file.write(head)
        for first in range(0, rows, CHUNK):
            at, ms, good = columns(first, min(CHUNK, rows - first), rate)
            for a, m, g in zip(at.tolist(), ms.tolist(), good.tolist(), strict=True):
                tags = (
                    f",,,{'' if g else 1502},{str(g).lower()},,GET,http://10.0.0.1/{a % 7},"
                    f"HTTP/1.1,default,,{200 if g else 502},,,http://10.0.0.1/{a % 7},,\n"
                )
                file.write(f"http_reqs,{a // 1000},1.000000{tags}")
                file.write(f"http_req_duration,{a // 1000},{m:.6f}{tags}")
                file.write(f"http_req_failed,{a // 1000},{0 if g else 1}.000000{tags}")


def write_k6_json(path: Path, rows: int, rate: float) -> None:
    kinds = (("http_reqs", "counter"), ("http_req_duration", "trend"), ("http_req_failed", "rate"))
    with path.open("w") as file:
        for name, kind in kinds:
            declared = {"name": name, "type": kind, "contains": "default", "submetrics": None}
            file.write(json.dumps({"type": "Metric", "data": declared, "metric": name}) + "\n")
        for first in range(0, rows, CHUNK):
            at, ms, good = columns(first, min(CHUNK, rows - first), rate)
            stamps = np.datetime_as_string(at.astype("datetime64[ms]"), unit="ms").tolist()
            for a, stamp, m, g in zip(at.tolist(), stamps, ms.tolist(), good.tolist(), strict=True):
                tags = (
                    f'"tags":{{"expected_response":"{str(g).lower()}","group":"","method":"GET",'
                    f'"name":"http://10.0.0.1/{a % 7}","proto":"HTTP/1.1","scenario":"default",'
                    f'"status":"{200 if g else 502}","url":"http://10.0.0.1/{a % 7}"}}'
                )
                for name, value in zip((k for k, _ in kinds), (1, m, 1 - g), strict=True):
                    file.write(
                        f'{{"metric":"{name}","type":"Point","data":{{"time":"{stamp}Z",'
                        f'"value":{value},{tags}}}}}\n'
                    )


# -- the page -------------------------------------------------------------------------------------
FORMATS = {
    "jmeter": ("JMeter, CSV", write_jmeter, 1),
    "k6_csv": ("k6, CSV", write_k6_csv, 3),
    "k6_json": ("k6, JSON lines", write_k6_json, 3),
}


def peers(kind: str, path: Path) -> dict[str, list[str]]:
    """Commands that read the same file."""
    said = {"diagnose": [*OURS, str(path), "--format", "none"]}
    said["pandas"] = [sys.executable, "-c", PANDAS[kind], str(path)]
    if kind == "k6_json" and shutil.which("jq"):
        said["jq"] = ["jq", JQ, str(path)]
    return said


OURS = [sys.executable, "-m", "diagnose.cli", "analyze"]


def row(kind: str, requests: int, rate: float, folder: Path) -> str:
    title, write, lines = FORMATS[kind]
    run = folder / kind
    run.mkdir()
    path = run / "result"
    write(path, requests, rate)
    size = path.stat().st_size
    cells = [title, f"{requests:,}", f"{requests * lines:,}", f"{size / 1e6:,.0f} MB"]
    took = {name: timed(command) for name, command in peers(kind, path).items()}
    shutil.rmtree(run)
    for name in ("diagnose", "pandas", "jq"):
        t = took.get(name)
        cells.append(
            f"{t.seconds:.1f} s, {t.busy_s:.1f} s, {t.most_bytes / 1e6:,.0f} MB" if t else ""
        )
    print(" | ".join(cells), file=sys.stderr)
    return f"| {' | '.join(cells)} |"


def cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    name = next((x.partition(":")[2].strip() for x in lines if x.startswith("model name")), "")
    return f"{os.cpu_count()} processors ({name or 'unknown'})"


def jq_version() -> str:
    if not shutil.which("jq"):
        return "jq was not installed"
    return subprocess.run(["jq", "--version"], capture_output=True, text=True).stdout.strip()


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    ask.add_argument("--requests", type=int, default=2_000_000)
    ask.add_argument("--rate", type=float, default=3200.0)
    asked = ask.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            row(kind, max(1, asked.requests // FORMATS[kind][2]), asked.rate, Path(folder))
            for kind in FORMATS
        ]
    head = "| file | requests | lines | size | diagnose | pandas | jq |"
    table = "\n".join([head, "|---|---:|---:|---:|---:|---:|---:|", *rows])
    versions = f"Python {sys.version.split()[0]}, pandas {version('pandas')}, {jq_version()}"
    print(PAGE.format(cpu=cpu(), versions=versions, table=table), end="")


if __name__ == "__main__":
    main()
