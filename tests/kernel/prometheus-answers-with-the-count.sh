#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A program counts, node_exporter reads .map/metrics.prom by its textfile collector,
# Prometheus scrapes it and answers a query with exactly that number. Both run as their
# own users, in a separate network namespace.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/kernel/lib.sh"
require fuse bpf root tool:jq tool:prometheus tool:prometheus-node-exporter tool:ip tool:curl

user=$(id -u prometheus 2>/dev/null) || user=65534
as_user="setpriv --reuid=$user --regid=$user --clear-groups"

start_attached metrics
mount_fs kernel -o allow_other
calls=calls_$attached
mkdir textfile data
chmod 711 "$scratch"
chown "$user" data
chmod 711 "$mnt"
chmod 755 "$mnt/$calls"
ln -s "$mnt/$calls/.map/metrics.prom" textfile/calls.prom
cat >prometheus.yml <<END
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: node
    static_configs:
      - targets: ['127.0.0.1:9100']
END

# in_network COMMAND...: in the network namespace of the first one.
unshare -n sh -c 'ip link set lo up && echo ready && exec sleep 1000' >network &
helpers="$helpers $!"
network=$!
wait_for grep -q ready network || die 'no network namespace'
in_network() {
	nsenter -t "$network" -n "$@"
}
# The same for a server: $! is then the server itself, which must be ended.
in_network_for_long() {
	exec nsenter -t "$network" -n "$@"
}

# shellcheck disable=SC2086 # several words
in_network_for_long $as_user prometheus-node-exporter --collector.disable-defaults --collector.textfile \
	--collector.textfile.directory="$scratch/textfile" \
	--web.listen-address=127.0.0.1:9100 >exporter.log 2>&1 &
helpers="$helpers $!"
# shellcheck disable=SC2086
in_network_for_long $as_user prometheus --config.file="$scratch/prometheus.yml" \
	--storage.tsdb.path="$scratch/data" \
	--web.listen-address=127.0.0.1:9090 >prometheus.log 2>&1 &
prometheus=$!
helpers="$helpers $prometheus"

exported() {
	in_network curl -s http://127.0.0.1:9100/metrics | grep -q "^bpf_${calls}_calls_total"
}
if ! wait_for exported; then
	sed 's/^/# /' exporter.log
	die 'node_exporter does not show the metrics'
fi
is "$(in_network curl -s http://127.0.0.1:9100/metrics | grep '^node_textfile_scrape_error')" \
	'node_textfile_scrape_error 0' 'node_exporter reads the file'

# query PROMQL: the value of the only series of the answer.
query() {
	in_network curl -s --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query |
		jq -r '.data.result | if length == 1 then .[0].value[1] else empty end'
}

# The program stands still: what it has counted is what Prometheus must say.
attached_pid=$(echo "$helpers" | awk '{ print $1 }')
pause_helper "$attached_pid"
counted=$(bpftool -j map dump id "$(id_of "$calls")" |
	jq '[.[].formatted | select(.key.odd == 0) | .values[].value.calls] | add')
ok 'the program has counted' test "$counted" -gt 0
answers() {
	[ "$(query "bpf_${calls}_calls_total{odd=\"0\"}")" = "$counted" ]
}
if ! wait_for answers; then
	note "Prometheus says $(query "bpf_${calls}_calls_total{odd=\"0\"}")"
	tail -n 5 prometheus.log | sed 's/^/# /'
fi
is "$(query "bpf_${calls}_calls_total{odd=\"0\"}")" "$counted" 'Prometheus answers with the count'
is "$(query "bpf_map_entries{map_name=\"$calls\"}")" "$(cat "$mnt/$calls/.map/count")" \
	'and with the entries'
median=$(query "histogram_quantile(0.5, sum by (le) (bpf_${calls}_latency_bucket{odd=\"0\"}))")
ok "quantiles of the histogram ($median)" test -n "$median"

# All maps by the root's file, opened with chmod.
rm textfile/calls.prom
chmod 711 "$mnt/.map"
chmod 755 "$mnt/.map"
ln -s "$mnt/.map/metrics.prom" textfile/all.prom
all_maps() {
	in_network curl -s http://127.0.0.1:9100/metrics | grep -q "^bpf_map_entries{.*$calls"
}
ok "node_exporter reads all maps by the root's file" wait_for all_maps
is "$(in_network curl -s http://127.0.0.1:9100/metrics | grep '^node_textfile_scrape_error')" \
	'node_textfile_scrape_error 0' 'without an error'
kill -CONT "$attached_pid"
