"""For each load tool the one command line whose output tells most for a diagnosis.

C and R stand for the numbers of connections and the rates of a staircase of runs.
"""

BEST = {
    "ab": "ab -l -r -k -t 30 -n 1000000 -c C -g c$C.tsv -e c$C.csv URL > c$C.txt 2>&1, "
    "for rising C",
    "httperf": "httperf --hog -v --timeout 5 --server HOST --port PORT --uri PATH --rate R "
    "--num-conns $((R * 30)) > r$R.txt 2>&1, for rising R",
    "hey": "hey -z 30s -c C -o csv URL > c$C.csv, for rising C, and once without -o csv: "
    "only the text tells errors",
    "siege": "siege -R rc -v -b -t 30S -c C URL > c$C.csv 2> c$C.txt, for rising C, with csv = "
    "true, timestamp = true, color = off, json_output = false in rc",
    "goad": "goad -n N -c C --region REGION --json-output=c$C.json URL, for rising C; it tells no "
    "times: bring the servers' access logs",
    "wrk": "wrk -t 2 -c C -d 30s --latency --timeout 10s URL > c$C.txt 2>&1, for rising C",
    "wrk2": "wrk2 -t 2 -c C -d 60s -R R -U --latency URL > r$R.txt 2>&1, for rising R",
    "vegeta": "vegeta attack -name=r$R -rate=R -duration=30s -max-body=0 -timeout=10s "
    "-targets=FILE | vegeta encode -to csv > r$R.csv, for rising R",
    "autocannon": "autocannon -j -c C -d 30 URL >> steps.ndjson, for rising C",
    "fortio": "fortio load -qps R -c C -t 30s -json r$R.json -access-log-file r$R.ndjson "
    "-access-log-format json URL, for rising R",
    "oha": "oha --no-tui -q R --latency-correction -z 30s --db-url r$R.db --output-format json "
    "-o r$R.json URL, for rising R",
    "gatling": "bring simulation.log of the run's directory (in target/gatling or results)",
    "artillery": "artillery run --output report.json test.yml, with plugins: "
    "{metrics-by-endpoint: {}} under config",
    "taurus": "bzt test.yml: bring the whole artifacts directory, above all kpi.jtl in it, or the "
    "tool's own log",
}
