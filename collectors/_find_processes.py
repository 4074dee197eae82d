"""Which processes are watched: a shell text that finds a bounded number of them.

Those that listen come first, then those with most room for open files, which grows with what
they have open. `ss -p` and `netstat -p` name processes of other users to root alone.

Source: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
"""

MOST = 24  # processes (a choice)

# serving: "pid:soft:hard" of each; serving_stats: their /proc/<pid>/stat
FIND_PROCESSES = rf"""serving= serving_stats=
listening=" $({{ $AS_ROOT ss -ltnp || ss -ltnp || netstat -ltnp; }} 2>/dev/null |
  tr -s ' ,' '\n\n' |
  sed -n 's/^pid=\([0-9]*\).*/\1/p; s,^\([0-9][0-9]*\)/[A-Za-z].*,\1,p' | tr '\n' ' ') "
limit_files=
for pid in $(
  grep -sE '^(FDSize|VmSize):' /proc/[0-9]*/status |
    sed -n 's,/proc/\([0-9]*\)/status:FDSize:[^0-9]*\([0-9]*\),\1 \2,; t keep
      /VmSize/ {{ x; p; }}; d
      : keep
      h' | while read -r pid size; do
    case $listening in *" $pid "*) rank=1 ;; *) rank=0 ;; esac
    printf '%d%09d %s\n' $rank "$size" "$pid"
  done | sort -r | head -n {MOST} | sed 's/.* //'
); do
  limit_files="$limit_files /proc/$pid/limits" serving_stats="$serving_stats /proc/$pid/stat"
done
serving=$(grep -s '^Max open files' $limit_files /dev/null |
  sed -n 's,^/proc/\([0-9]*\)/limits:[A-Za-z ]* \([^ ]*\)  *\([^ ]*\) .*,\1:\2:\3,p')"""

# One line a process, as collectors/process_files.py reads it; of very many files rarely.
# $AS_ROOT ("sudo -n"): /proc/<pid>/fd of others is read by a command of its own then, and not
# each second, for sudo logs each.
COUNT_FILES = r"""if [ "${rest:-0}" -gt 0 ]; then rest=$((rest - 1)); else
all=0 counts= fds=
if [ "$AS_ROOT" ]; then
  for one in $serving; do [ -e /proc/${one%%:*} ] && fds="$fds /proc/${one%%:*}/fd"; done
  counts=$([ "$fds" ] && $AS_ROOT ls -R $fds | awk -F / '
    /^\/proc\/[0-9]+\/fd:$/ { pid = $3; n[pid] = 0; next }
    /^[0-9]+$/ { n[pid]++ }
    END { for (pid in n) if (n[pid]) printf " %s:%d ", pid, n[pid] }')
  rest=9
fi
for one in $serving; do
  pid=${one%%:*} limits=${one#*:}
  set -- /proc/$pid/fd/*
  count=$#
  case $1 in *\*) case $counts in
    *" $pid:"*) count=${counts##*" $pid:"} count=${count%% *} ;;
    *) continue ;;
  esac ;; esac
  { read -r name </proc/$pid/comm; } 2>/dev/null || continue
  all=$((all + count))
  printf '%s %s fds=%s soft=%s hard=%s\n' "$pid" "$name" "$count" "${limits%:*}" "${limits#*:}"
done
[ $all -gt 20000 ] && rest=9
:
fi"""
