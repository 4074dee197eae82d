"""The parts of the recorder's shell script that are the same on every host.

%NONCE% and the like are filled in; see diagnose.collect.recorder for what the marks mean.
"""

# Beside what samples stands a guard. It ends a command that was there at two of its looks, all
# when the connection has gone (their parent is another then), and all when the time is over.
GUARD = """\
# diagnose: samples this host. It only reads, and writes nothing but its standard output.
{
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
renice -n 10 -p $$ >/dev/null
ionice -c 3 -p $$ >/dev/null
parent() {
  read -r stat <"/proc/$1/stat" || return
  set -- ${stat##*) }
  of=$2
}
children() {
  kids=
  if [ -e /proc/$$/task/$$/children ]; then
    read -r kids <"/proc/$1/task/$1/children"
    return
  fi
  for one in /proc/[0-9]*; do
    parent "${one#/proc/}" && [ "$of" = "$1" ] && kids="$kids ${one#/proc/}"
  done
}
end_all() {
  children "$1"
  set -- "$1" $kids
  kill -9 "$1"
  shift
  for kid do [ "$kid" = "$guard" ] || end_all "$kid"; done
}
guard() {
  read -r guard _ </proc/self/stat
  trap 'kill "$nap"; exit 0' TERM
  parent $$
  above=$of looks=0 before=
  while :; do
    sleep %LIMIT% &
    nap=$!
    wait "$nap"
    parent $$ || exit 0
    looks=$((looks + 1))
    [ "$of" = "$above" ] && [ "$looks" -lt %LOOKS% ] || { end_all $$; exit 0; }
    children $$
    now=" $kids "
    for kid in %ENDED%; do
      case $before in *" $kid "*) [ "$kid" = "$guard" ] || end_all "$kid" ;; esac
    done
    before=$now
  done
}
guard >/dev/null &
trap "kill $!" EXIT
trap 'exit 0' HUP INT PIPE TERM
"""

BEGIN = """\
line_end='
'
files= named= told= on= fine= due=0 step=5 tick=0
say() { printf '\\n@%NONCE% %s\\n' "$*" || exit 0; }
tell() {
  case $told in *" $1$2 "*) return ;; esac
  told="$told $1$2 " why=$3
  case $why in 'BusyBox v'*) why=${why#*"$line_end"} why=${why#"$line_end"} ;; esac
  printf '\\n@%NONCE% a %s %s %.200s\\n' "$1" "$2" "${why%%"$line_end"*}" || exit 0
}
uptime() { read -r up _ </proc/uptime; }
elapsed() { uptime; t=$(((${up%.*} - t0) * 100 + 1${up#*.} - 100)); }
list() {
  id=$1
  shift
  for f do
    case $f in *[!%PATH%]*) continue ;; esac
    case $f in  # tail gives up at a file that opens and cannot be read: the speed of a link down
      /sys/*) { read -r first <"$f"; } || continue ;;
      *) { true <"$f"; } || continue ;;
    esac
    files="$files $f" any=1
    case $named in *" $id:$f "*) continue ;; esac
    named="$named $id:$f "
    say n "$id" "$f"
  done
}
clock() {
  uptime
  before=$up
  date=$(date +%s.%N)
  uptime
  case $date in
    *[!0-9.]* | *.) case $1 in edge) edge ;; *) whole ;; esac ;;
    *) say c "$before" "$date" "$up" ;;
  esac
}
whole() { say d "$before" "${date%%.*}" "$up"; }
edge() {
  first=$(date +%s) date=$first
  elapsed
  until=$((t + 150))
  while [ "$date" = "$first" ] && [ "$t" -lt "$until" ]; do
    [ "$fine" ] && sleep 0.01
    before=$up date=$(date +%s)
    elapsed
  done
  say c "$before" "$date.0" "$up"
}
nap() {
  if [ "$fine" ]; then
    sleep "$(($1 / 100)).$(($1 / 10 % 10))$(($1 % 10))" && return
  fi
  sleep $((%INTERVAL% > 100 ? %INTERVAL% / 100 : 1)) || exit 1
}
uptime
t0=${up%.*}
sleep 0.01 && fine=1
say h 1 "$up" "$(getconf CLK_TCK || echo 100)" %INTERVAL%
clock edge
"""

LOOP = """\
elapsed
next=$t last=$((t + %LAST%))
while :; do
  elapsed
  if [ "$t" -ge "$due" ]; then
    refresh
    [ "$due" -gt 0 ] && clock whole
    due=$((t + step * 100)) step=$((step < 30 ? step * 2 : 60))
  fi
  sample
  read -r stat </proc/$$/stat
  set -- ${stat##*) }
  uptime
  say k "$up" "${12}" "${13}" "${14}" "${15}"
  elapsed
  [ $((t + %INTERVAL%)) -gt "$last" ] && { say z time; exit 0; }
  next=$((next + %INTERVAL%))
  if [ "$fine" ] && [ $((next - t)) -ge $((%INTERVAL% / 10)) ]; then
    nap $((next - t))
  else
    next=$((t + %INTERVAL%))
    nap %INTERVAL%
  fi
done
"""

END = """\
} </dev/null 2>/dev/null
"""
