r"""Filters that run on a host: what it lets go of its configuration before anything leaves it.

Each is a list of what is let through, so that a secret in a directive or a setting that nobody
thought of stays there as well. They are awk programs of POSIX (mawk, gawk, BusyBox), that hold
no single quote, to be put between two of them.
"""

from __future__ import annotations

# Blocks that are gone into; of all others (map, geo, Lua, types) nothing is let through.
_NGINX_BLOCKS = "events http stream server upstream location if limit_except"
_NGINX_NAMES = """
worker_processes worker_connections worker_rlimit_nofile worker_cpu_affinity multi_accept use
accept_mutex error_log access_log log_format listen server_name server zone keepalive
keepalive_timeout keepalive_requests keepalive_time least_conn ip_hash hash random include
proxy_pass fastcgi_pass uwsgi_pass scgi_pass grpc_pass
proxy_connect_timeout proxy_read_timeout proxy_send_timeout proxy_timeout
fastcgi_connect_timeout fastcgi_read_timeout uwsgi_connect_timeout uwsgi_read_timeout
grpc_connect_timeout grpc_read_timeout grpc_send_timeout
proxy_next_upstream proxy_next_upstream_tries proxy_next_upstream_timeout proxy_http_version
proxy_buffering proxy_buffers proxy_buffer_size proxy_busy_buffers_size
proxy_max_temp_file_size proxy_request_buffering proxy_socket_keepalive
client_body_buffer_size client_max_body_size client_body_timeout client_header_timeout
client_header_buffer_size large_client_header_buffers send_timeout reset_timedout_connection
limit_req limit_req_zone limit_req_status limit_conn limit_conn_zone limit_conn_status
limit_rate limit_rate_after sendfile tcp_nopush tcp_nodelay aio directio gzip gzip_comp_level
open_file_cache open_log_file_cache output_buffers postpone_output lingering_close
ssl_session_cache ssl_session_timeout ssl_session_tickets ssl_buffer_size stub_status
resolver resolver_timeout thread_pool
"""
# The syntax is nginx's own: collectors/_nginx_syntax.py reads what comes out of this.
_NGINX = r"""
function word() { if (inword) { w[++n] = text; text = ""; inword = 0 } }
function host(v,  s, i) {
  gsub(/["\047]/, "", v)
  if (v ~ /^unix:/) return v
  if (match(v, /^[a-z]+:\/\//)) { s = substr(v, 1, RLENGTH); v = substr(v, RLENGTH + 1) }
  while ((i = index(v, "@")) > 0) v = substr(v, i + 1)
  sub(/[\/?#].*/, "", v)
  return s v
}
function plain(v,  i, c, run, digits, out) {
  for (i = 1; i <= length(v) + 1; i++) {
    c = substr(v, i, 1)
    if (c != "" && c ~ /[A-Za-z0-9+=_~-]/) { run = run c; digits += c ~ /[0-9]/; continue }
    out = out (length(run) >= 16 && digits ? "..." : run) c
    run = ""; digits = 0
  }
  return out
}
function said(  i, out) {
  out = w[1]
  for (i = 2; i <= n; i++) {
    if (w[1] ~ /_pass$/ || (w[1] == "server" && i == 2)) out = out " " host(w[i])
    else if (w[1] == "location") out = out " " plain(w[i])
    else if (w[1] != "if") out = out " " w[i]
  }
  return out
}
function tabs(  i, out) { for (i = 0; i < depth; i++) out = out "  "; return out }
function closes() {
  if (hidden) { hidden--; return }
  if (depth > 0) { depth--; print tabs() "}" }
}
function ends(mark) {
  word()
  if (mark == ";") {
    if (!hidden && n && (w[1] in names)) { print tabs() said() ";"; shown++ }
    else if (n) left++
  } else if (!hidden && n && (w[1] in blocks)) { print tabs() said() " {"; depth++ }
  else { left++; if (n && w[1] ~ /_by_lua_block$/) lua = 1; else hidden++ }
  n = 0
}
BEGIN {
  split("NAMES", list, " "); for (i in list) names[list[i]]
  split("BLOCKS", list, " "); for (i in list) blocks[list[i]]
}
{
  if (!inword && !quote && !lua && $0 ~ /^# configuration file \/[^ \t]*:$/) {
    n = hidden = depth = 0; print; next
  }
  if (!inword && !quote && !lua && !n && $0 ~ /^[A-Za-z]+ version: [A-Za-z]+\/[0-9.]+$/) {
    print; next
  }
  line = $0 "\n"; size = length(line)
  for (at = 1; at <= size; at++) {
    c = substr(line, at, 1)
    if (lua) {
      if (longstring) { if (substr(line, at, 2) == "]]") { longstring = 0; at++ } }
      else if (luaquote) { if (c == "\\") at++; else if (c == luaquote) luaquote = "" }
      else if (substr(line, at, 4) == "--[[") { longstring = 1; at += 3 }
      else if (substr(line, at, 2) == "--") break
      else if (substr(line, at, 2) == "[[") { longstring = 1; at++ }
      else if (c == "\"" || c == "\047") luaquote = c
      else if (c == "{") lua++
      else if (c == "}") lua--
      continue
    }
    if (quote) {
      text = text c
      if (c == "\\") { text = text substr(line, ++at, 1) }
      else if (c == quote) { quote = ""; word() }
      continue
    }
    if (inword) {
      if (c ~ /[ \t\r\n]/) word()
      else if (c == ";" || (c == "{" && !(text ~ /\$$/))) ends(c)
      else if (c == "\\") text = text c substr(line, ++at, 1)
      else text = text c
      continue
    }
    if (c ~ /[ \t\r\n]/) continue
    if (c == "#") break
    if (c == ";" || c == "{") ends(c)
    else if (c == "}") { n = 0; closes() }
    else { inword = 1; text = c; if (c == "\"" || c == "\047") quote = c
           else if (c == "\\") text = c substr(line, ++at, 1) }
  }
}
END {
  if (left) print "# left out by diagnose: " left " other directives"
  if (!shown) { print "no configuration can be read" > "/dev/stderr"; exit 1 }
}
"""
NGINX = (
    _NGINX.replace("NAMES", " ".join(_NGINX_NAMES.split())).replace("BLOCKS", _NGINX_BLOCKS).strip()
)
_MYSQL_NAMES = (
    "innodb[-_][a-z0-9_-]*|max[-_]connections|max[-_]connect[-_]errors|max[-_]allowed[-_]packet"
    "|slow[-_]query[-_]log|slow[-_]query[-_]log[-_]file|long[-_]query[-_]time|log[-_]slow[-_a-z]*"
    "|log[-_]error|log[-_]queries[-_a-z]*|datadir|socket|port|bind-address|pid-file|back[-_]log"
    "|key[-_]buffer[-_]size|table[-_a-z]*cache[-_a-z]*|thread[-_][a-z_-]*|tmp[-_]table[-_]size"
    "|max[-_]heap[-_]table[-_]size|sync[-_]binlog|open[-_]files[-_]limit|performance[-_]schema"
    "|wait[-_]timeout|interactive[-_]timeout|sort[-_]buffer[-_]size|join[-_]buffer[-_]size"
    "|query[-_]cache[-_a-z]*|skip[-_]name[-_]resolve|transaction[-_]isolation"
)
# Option files of MySQL and MariaDB: sections, and settings of the server that are no secret.
MYSQL = (
    r"match($0, /^[ \t]*\[[A-Za-z0-9._-]+\]/) { print substr($0, RSTART, RLENGTH); next }"
    "\n"
    rf"tolower($0) ~ /^[ \t]*(loose[-_])?({_MYSQL_NAMES})[ \t]*(=|$)/ "
    r'{ sub(/[ \t][#;].*/, ""); print }'
)
_POSTGRES_NAMES = (
    "max_connections|superuser_reserved_connections|shared_buffers|m(ax|in)_wal_size|work_mem"
    "|maintenance_work_mem|effective_[a-z_]+|checkpoint_[a-z_]+|wal_[a-z_]+|random_page_cost"
    "|synchronous_commit|fsync|full_page_writes|commit_delay|autovacuum[a-z_]*|bgwriter_[a-z_]+"
    "|log_[a-z_]+|logging_collector|track_[a-z_]+|deadlock_timeout|lock_timeout"
    "|statement_timeout|idle_[a-z_]+timeout|max_[a-z_]*workers[a-z_]*|temp_[a-z_]+|jit"
    "|shared_preload_libraries|data_directory|port|listen_addresses|default_statistics_target"
)
POSTGRES = (
    rf"tolower($0) ~ /^[ \t]*({_POSTGRES_NAMES})[ \t]*[= \t]/ "
    r'{ sub(/[ \t]*#.*/, ""); print }'
)
POSTGRES_NAMES = f"^({_POSTGRES_NAMES}|server_version)$"

# Names of SHOW GLOBAL VARIABLES, for its WHERE: none of them holds more than a number or a path.
MYSQL_VARIABLES = (
    "^(innodb_.*|max_.*|.*_(buffer|cache)(_pool)?_size|.*_cache|thread_.*|back_log|version"
    "|version_comment|hostname|basedir|datadir|socket|port|slow_query_log(_file)?|log_error"
    "|log_output|log_slow_[a-z_]*|long_query_time|min_examined_row_limit|log_queries_.*"
    "|performance_schema|autocommit|.*_timeout|sync_binlog|log_bin|tmp_table_size|open_files_limit"
    "|table_.*|transaction_isolation|tx_isolation|query_cache_.*|read_only|binlog_format"
    "|skip_name_resolve|time_zone|system_time_zone)$"
)
# SHOW ENGINE INNODB STATUS without statements, rows and names: lines of numbers, in whole.
_INNODB_SECTIONS = (
    "BACKGROUND THREAD|SEMAPHORES|LATEST FOREIGN KEY ERROR|LATEST DETECTED DEADLOCK|TRANSACTIONS"
    "|FILE I/O|INSERT BUFFER AND ADAPTIVE HASH INDEX|LOG|BUFFER POOL AND MEMORY"
    "|INDIVIDUAL BUFFER POOL INFO|ROW OPERATIONS|END OF INNODB MONITOR OUTPUT"
)
_INNODB_LINES = (
    rf"({_INNODB_SECTIONS}|=+|-+)",
    r"[0-9: -]+ (0x)?[0-9a-f]+ INNODB MONITOR OUTPUT",
    r"[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] +[0-9:]+( (0x)?[0-9a-f]+)?",
    r"History list length [0-9]+",
    r"-+ TRX HAS BEEN WAITING [0-9]+ [A-Za-z]+ FOR THIS LOCK TO BE GRANTED:",
    r"Pending (normal aio |flushes |reads |writes:)([][():;, 0-9]|aio|reads|writes|fsync|log"
    r"|buffer pool|LRU|flush list|single page)*",
    r"[0-9]+ pending preads, [0-9]+ pending pwrites",
    r"[0-9]+ OS file reads, [0-9]+ OS file writes, [0-9]+ OS fsyncs",
    r"Buffer pool hit rate [0-9]+ / [0-9]+"
    r"(, young-making rate [0-9]+ / [0-9]+ not [0-9]+ / [0-9]+)?",
    r"(Log sequence number|Log flushed up to|Last checkpoint at|Max checkpoint age|Checkpoint age)"
    r"( target)? +[0-9]+",
)
INNODB = "\n".join("/^" + line.replace("/", r"\/") + "$/ { print; next }" for line in _INNODB_LINES)


def filtered(command: str, program: str) -> str:
    """A command whose output a host lets through such a filter only.

    >>> filtered("cat a", "{ print }")
    "{ cat a; } | LC_ALL=C awk '{ print }'"
    """
    assert "'" not in program
    return f"{{ {command}; }} | LC_ALL=C awk '{program}'"
