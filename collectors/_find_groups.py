"""Which control groups are watched: a shell text that finds a bounded number of them.

Groups with a quota come first, then those that used most processor time; a group without
processes of its own and without a quota is a folder of others. What `unit` in diagnose.toml
names ($UNITS) comes before all. Version 2, and version 1, where each controller has a tree of
its own. In a container the root of the tree is the container itself, and is watched too.

Source: https://docs.kernel.org/admin-guide/cgroup-v2.html, cgroup-v1/memory.html
"""

MOST = 32  # groups (a choice)

FIND_GROUPS = rf"""groups= group_limits=
tree=/sys/fs/cgroup two=
if [ -e $tree/cgroup.controllers ]; then two=1
elif [ -d $tree/cpu,cpuacct ]; then tree=$tree/cpu,cpuacct
else tree=$tree/cpu
fi
for group in $(
  find $tree/ -maxdepth 7 -name cpu.stat 2>/dev/null | while read -r file; do
    group=${{file%/cpu.stat}} used=0 quota= rank=0
    group=$tree${{group#$tree}} group=${{group%/}}
    if [ "$two" ]; then
      read -r word used <"$group/cpu.stat" && read -r quota word <"$group/cpu.max" || continue
      [ "$quota" = max ] && quota=
    else
      read -r quota <"$group/cpu.cfs_quota_us" || quota=-1
      case $quota in -*) quota= ;; esac
      [ "$group$quota" = $tree ] && continue
      read -r used <"/sys/fs/cgroup/cpuacct${{group#$tree}}/cpuacct.usage" || used=0
    fi
    [ "$quota" ] && rank=1
    case " $UNITS " in *" ${{group##*/}} "*) rank=2 ;; esac
    if [ $rank = 0 ]; then read -r word <"$group/cgroup.procs" || continue; fi
    printf '%d%018d %s\n' $rank "$used" "$group"
  done 2>/dev/null | sort -r | head -n {MOST} | sed 's/^[0-9]* //'
); do
  if [ "$two" ]; then
    for file in cpu.stat memory.current memory.events; do
      [ -e "$group/$file" ] && groups="$groups $group/$file"
    done
    for file in cpu.max memory.max; do
      [ -e "$group/$file" ] && group_limits="$group_limits $group/$file"
    done
  else
    name=${{group#$tree}}
    for file in cpu$name/cpu.stat cpuacct$name/cpuacct.usage memory$name/memory.usage_in_bytes \
      memory$name/memory.failcnt memory$name/memory.oom_control; do
      [ -e "/sys/fs/cgroup/$file" ] && groups="$groups /sys/fs/cgroup/$file"
    done
    for file in cpu$name/cpu.cfs_quota_us cpu$name/cpu.cfs_period_us \
      memory$name/memory.limit_in_bytes; do
      [ -e "/sys/fs/cgroup/$file" ] && group_limits="$group_limits /sys/fs/cgroup/$file"
    done
  fi
done"""
