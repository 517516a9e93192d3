#!/usr/bin/env bats
# Stores and archives that mean harm: the right exit status, no crash, nothing
# outside the folder, in bounded time and memory.

load servers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	export NNUTILS_CACHE=$PWD/cache HOME=$PWD
	unset NNUTILS_TOKEN http_proxy
	mkdir work
	rm -f /tmp/nnutils-escaped
}

teardown() {
	servers_stop
}

# The last command failed as it should, said why, and left nothing.
refused() { # CASE TARGET STATUS...
	local s
	if grep -q 'Sanitizer\|runtime error\|Segmentation' <<<"$output"; then
		echo "$1: $output"
		return 1
	fi
	[ ! -e escaped ] && [ ! -e work/escaped ] && [ ! -e /tmp/nnutils-escaped ]
	[ ! -e "$2" ] || { echo "$1: $2 exists"; return 1; }
	[ -n "$output" ]
	if LC_ALL=C grep -q $'\e\|\xc2[\x80-\x9f]\|\xe2\x80\xae' <<<"$output"; then
		echo "$1: a control character is shown"
		return 1
	fi
	for s in "${@:3}"; do
		[ "$status" -eq "$s" ] && return
	done
	echo "$1: status $status, not one of ${*:3}: $output"
	return 1
}

pull() { # CASE BASE
	run timeout 60 store-pull --retries 1 --connect-timeout 2 \
	    --stall-timeout 2 --speed-time 2 --max-size 50M -s "$2$1/" -o work/out m
}

@test "60 hostile stores" {
	script_start "$BATS_TEST_DIRNAME/hostile-server.py"
	cases=$(python3 "$BATS_TEST_DIRNAME/hostile-server.py" cases | tail -n 1)
	[ "$(wc -w <<<"$cases")" -ge 60 ]
	for c in $cases; do
		pull "$c" "$SCRIPT"
		case $c in
		child-parent | child-absolute | child-nul | child-c1 | child-bidi)
			# the bad name is told, the good model is to be had
			[ "$status" -eq 0 ] || [ "$status" -eq 1 ] ||
			    refused "$c" work/out/m 3 8
			;;
		name-info | name-twice)
			[ "$status" -le 1 ] || refused "$c" work/out/m 3 8
			;;
		gzip-weights)
			# kept as it came, never inflated
			[ "$status" -ne 0 ] ||
			    [ "$(stat -c %s work/out/m/w.caffemodel)" -lt 1000000 ]
			;;
		*) refused "$c" work/out/m 1 3 4 5 6 8 ;;
		esac
		rm -rf work cache
		mkdir work
	done
}

@test "redirects to another host carry no token; https never leads to http" {
	script_start "$BATS_TEST_DIRNAME/hostile-server.py"
	first=$SCRIPT
	log=$SCRIPT_LOG
	nginx_start work
	echo weights >work/w.caffemodel
	to=$(printf '%sw.caffemodel' "$NGINX" | od -An -tx1 | tr -d ' \n')
	# whole, though no model that runs
	NNUTILS_TOKEN=secret run store-pull -q -s "${first}http$to/" -o out m
	[ "$status" -le 1 ]
	grep -q 'Bearer secret' "$log"
	! requests | grep secret || false
	cmp work/w.caffemodel out/m/w.caffemodel
	tls_make
	SCRIPT_LOG2=$SCRIPT_LOG
	mv "$SCRIPT_LOG" first.log
	script_start "$BATS_TEST_DIRNAME/hostile-server.py" "$TLS/cert.pem" "$TLS/key.pem"
	run store-pull --cacert "$CA" --retries 0 \
	    -s "https://127.0.0.1:$SCRIPT_PORT/http$to/" -o out2 m
	[ "$status" -ne 0 ]
	[ ! -e out2/m ]
	run store-pull --cacert "$CA" --retries 0 --stall-timeout 2 \
	    -s "https://127.0.0.1:$SCRIPT_PORT/cut/" -o out3 m
	refused truncated-tls out3/m 6
}

@test "32 hostile archives" {
	mkdir a
	python3 "$BATS_TEST_DIRNAME/hostile-archives.py" a >names
	[ "$(wc -l <names)" -ge 32 ]
	while read -r f; do
		run timeout 60 model-import "a/$f" -o work/m
		refused "$f" work/m 3 8
		[ -z "$(ls -A work)" ]
	done <names
	[ ! -e escaped ] && [ ! -e /tmp/nnutils-escaped ]
}
