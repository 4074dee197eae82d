"""Where nginx's stub_status answers: what diagnose.toml says, else what the configuration says.

Of the configuration nothing is kept but the address: listen and location of the server that
has stub_status.

Source: https://nginx.org/en/docs/http/ngx_http_stub_status_module.html
"""

# Of several servers with stub_status the first is asked; its first `listen` that is plain HTTP.
FIND_STATUS = r"""if [ -z "$STATUS_URL" ]; then
conf=/etc/nginx
STATUS_URL=$({ nginx -T || cat $conf/nginx.conf $conf/*.d/*.conf $conf/sites-enabled/*
  } 2>/dev/null | sed -n 's/#.*//
    /^[[:space:]]*\(server\|listen\|location\|stub_status\)[[:space:];{]/p' | {
  port= path=
  while read -r word rest || [ "$word" ]; do
    case "$word $rest" in
      server\ \{* | server\{*) port= ;;
      listen\ unix:* | listen\ *ssl*) ;;
      listen\ *) [ "$port" ] || port=${rest%%[; ]*} ;;
      location\ *) set -f; set -- ${rest%%\{*}; set +f; for path do :; done ;;
    esac
    case "$word $rest" in
      stub_status* | location\ *\{*stub_status*) ;;
      *) continue ;;
    esac
    case $port in
      \*:* | 0.0.0.0:*) port=127.0.0.1:${port##*:} ;;
      \[::\]:*) port=[::1]:${port##*:} ;;
      '' | *[!0-9]*) port=${port:-127.0.0.1} ;;
      *) port=127.0.0.1:$port ;;
    esac
    case $path in /*) printf 'http://%s%s' "$port" "$path"; break ;; esac
  done
})
fi"""
ASK_STATUS = """if [ -z "$STATUS_URL" ]; then
  echo "no server of nginx's configuration has stub_status" >&2
  false
elif command -v curl >/dev/null; then curl -fsS -m 2 "$STATUS_URL"
else wget -q -T 2 -O - "$STATUS_URL"; fi"""
