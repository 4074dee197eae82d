"""cpu.stat of control groups: both versions, several groups, quotas, torn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head
from diagnose.readings import Form

HERE = FIXTURES / "cgroup_cpu"


@pytest.mark.parametrize(
    "name", ["v1.txt", "v1_grep.txt", "v2.txt", "v1_memory.txt", "v1_limits.txt"]
)
def test_every_version_is_told_by_its_content(name):
    assert kind_of(HERE / name) == "cgroup_cpu"
    _, bad = read(HERE / name, "cgroup_cpu")
    assert bad.count == 0


def test_a_busy_group_is_cut_short_in_every_period():
    reading, _ = read(HERE / "v1.txt", "cgroup_cpu")
    ratio = sample(reading, "cpu.throttled_ratio")
    np.testing.assert_array_equal(ratio.values, [1, 1, 1])
    assert ratio.form is Form.MEAN
    throttled = sample(reading, "cpu.throttled_s_per_s")
    assert throttled.form is Form.COUNTER
    assert 0.5 < throttled.values[1] < 1


def test_version_two_counts_in_microseconds():
    reading, _ = read(HERE / "v2.txt", "cgroup_cpu")
    assert sample(reading, "cpu.throttled_ratio").values.tolist() == [0.5]
    assert sample(reading, "cpu.cgroup_usage_cores").values[0] == pytest.approx(1.023799)


def test_the_group_is_the_part_and_its_quota_a_limit():
    reading, _ = read(HERE / "v1_grep.txt", "cgroup_cpu")
    assert {s.part for s in reading.samples} == {"quotademo"}
    (quota,) = reading.limits
    assert (quota.name, quota.part, quota.value) == ("cpu.quota_cores", "quotademo", 0.2)


def test_cpu_max_and_memory_max_are_limits(tmp_path):
    root = "/sys/fs/cgroup/api.service"
    text = f"{root}/cpu.stat:nr_periods 5\n{root}/cpu.stat:nr_throttled 1\n"
    text += f"{root}/cpu.max:150000 100000\n{root}/memory.max:1048576\nb/cpu.max:max 100000\n"
    reading, bad = read(write(tmp_path, text), "cgroup_cpu")
    got = {(limit.name, limit.part): limit.value for limit in reading.limits}
    assert got == {
        ("cpu.quota_cores", "api.service"): 1.5,
        ("memory.cgroup_max_bytes", "api.service"): 1048576,
    }
    assert bad.count == 0


def test_a_group_that_ran_out_of_memory_says_so():
    reading, _ = read(HERE / "v1_memory.txt", "cgroup_cpu")
    kills = sample(reading, "memory.cgroup_oom_kills_per_s", "hungry")
    assert (kills.form, kills.values.tolist()) == (Form.COUNTER, [0, 0, 0, 1, 1, 1])
    assert sample(reading, "memory.cgroup_max_hits_per_s", "hungry").values[-1] == 94
    used = sample(reading, "memory.cgroup_bytes", "hungry")
    assert used.form is Form.GAUGE and used.values[-1] == 147456
    cores = np.diff(sample(reading, "cpu.cgroup_usage_cores", "hungry").values)
    assert 0.45 < cores[0] < 0.55, "a second of half a processor"


def test_limits_of_version_one_are_read_and_no_limit_is_none(tmp_path):
    reading, _ = read(HERE / "v1_limits.txt", "cgroup_cpu")
    got = {limit.name: limit.value for limit in reading.limits}
    assert got == {"cpu.quota_cores": 0.5, "memory.cgroup_max_bytes": 24 * 2**20}
    none = "/sys/fs/cgroup/memory/api/memory.limit_in_bytes:9223372036854771712\n"
    reading, bad = read(write(tmp_path, none), "cgroup_cpu")
    assert (reading.limits, bad.count) == ([], 0)


def test_memory_of_version_two_is_read(tmp_path):
    root = "/sys/fs/cgroup/api.service"
    text = f"{root}/memory.current:4096\n" + "".join(
        f"{root}/memory.events:{key} {n}\n"
        for n, key in enumerate(("low", "high", "max", "oom", "oom_kill", "oom_group_kill"))
    )
    file = write(tmp_path, text)
    assert kind_of(file) == "cgroup_cpu"
    reading, bad = read(file, "cgroup_cpu")
    assert {(s.metric, s.part): s.values[0] for s in reading.samples} == {
        ("memory.cgroup_bytes", "api.service"): 4096,
        ("memory.cgroup_max_hits_per_s", "api.service"): 2,
        ("memory.cgroup_oom_kills_per_s", "api.service"): 4,
    }
    assert bad.count == 0


def test_a_group_that_was_made_anew_gives_no_negative_share(tmp_path):
    text = "".join(
        f"# {1795406687 + i}\nnr_periods {p}\nnr_throttled {t}\n"
        for i, (p, t) in enumerate([(50, 40), (10, 2), (10, 2), (20, 7)])
    )
    reading, _ = read(write(tmp_path, text), "cgroup_cpu")
    ratio = sample(reading, "cpu.throttled_ratio").values
    np.testing.assert_array_equal(ratio, [np.nan, np.nan, 0.5])


def test_a_torn_line_is_noted(tmp_path):
    text = (HERE / "v2.txt").read_text().replace("\n", "\r\n") + "# 1795406689.3\r\nusage_us"
    _, bad = read(write(tmp_path, text), "cgroup_cpu")
    assert bad.kept == [(21 + 1, "usage_us")]


@pytest.mark.parametrize("text", ["nr_free_pages 1\nnr_zone 2\n", "max 100000\n", "a b\n", "\0"])
def test_look_alikes_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "cgroup_cpu"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 100), st.integers(0, 100)), min_size=2, max_size=9))
def test_what_we_write_we_read_back(tmp_path_factory, steps):
    periods = np.cumsum([p for p, _ in steps])
    throttled = np.cumsum([min(t, p) for p, t in steps])
    text = "".join(
        f"# {1795406687 + i}\nnr_periods {p}\nnr_throttled {t}\nthrottled_usec {t}\n"
        for i, (p, t) in enumerate(zip(periods, throttled, strict=True))
    )
    file = write(tmp_path_factory.mktemp("cgroup"), text)
    assert kind_of(file) == "cgroup_cpu"
    reading, _ = read(file, "cgroup_cpu")
    expected = np.diff(throttled) / np.diff(periods)
    np.testing.assert_allclose(sample(reading, "cpu.throttled_ratio").values, expected)
