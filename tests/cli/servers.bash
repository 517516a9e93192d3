# Real servers on 127.0.0.1 for tests: source this, start what is needed in a
# test or setup, and call servers_stop in teardown.
#
#	nginx_start ROOT [DIRECTIVES]   $NGINX: http://127.0.0.1:PORT/
#	nginx_tls_start ROOT            $NGINX_TLS: https://127.0.0.1:PORT/, $CA
#	python_start ROOT               $PYTHON_URL
#	apache_start ROOT               $APACHE
#	lighttpd_start ROOT             $LIGHTTPD
#	script_start FILE [ARG...]      $SCRIPT: a Python server that prints its
#	                                port; its log is $SCRIPT_LOG
#
#	s3_start                        $S3: moto's server, keys test/test
#	requests                        what $NGINX was asked for until now, as
#	                                lines of its log; requests_forget: anew
#
# Each skips the test when the server is not installed (scripts/deps test).
# A port that somebody else took in between is given up for another one.

load "${BASH_SOURCE[0]%/*}/wait"

servers=()

servers_stop() {
	local pid
	for pid in "${servers[@]}"; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null || true
	done
	servers=()
	return 0
}

# None of those that the system gives to clients.
port_free() {
	local port
	while :; do
		port=$((10000 + (RANDOM << 15 | RANDOM) % 20000))
		port_open "$port" || break
	done
	echo "$port"
}

port_open() {
	(: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# listens PORT PID LOG: until that server is there; 1: it has no port.
listens() {
	local i
	for i in $(seq 1200); do
		kill -0 "$2" 2>/dev/null || return
		! grep -qs 'bind()\|[Aa]ddress already in use' "$3" || {
			kill "$2" 2>/dev/null
			return 1
		}
		port_open "$1" && return
		sleep 0.05
	done
	echo "nothing listens on port $1" >&2
	return 1
}

# server_run PORT LOG FUNCTION [ARG...]: the function becomes a server at $port: PORT,
# if given, else one that is free.
server_run() {
	local i log=$2
	port=${1:-$(port_free)}
	shift 2
	for i in 1 2 3 4 5; do
		"$@" >"$log" 2>&1 3>&- &
		servers+=($!)
		listens "$port" $! "$log" && return
		port=$(port_free)
	done
	echo "no server: $*" >&2
	cat "$log" >&2
	return 1
}

need_program() {
	local p
	for p in "/usr/sbin/$1" "$(command -v "$1")"; do
		[ -x "$p" ] && echo "$p" && return
	done
	return 1
}

nginx_conf() { # DIR PORT ROOT DIRECTIVES
	cat <<-E
	daemon off;
	master_process off;
	pid $1/nginx.pid;
	error_log $1/error.log;
	events { worker_connections 256; }
	http {
		access_log $1/access.log;
		client_body_temp_path $1/b;
		proxy_temp_path $1/p;
		fastcgi_temp_path $1/f;
		uwsgi_temp_path $1/u;
		scgi_temp_path $1/s;
		keepalive_requests 100000;
		sendfile on;
		server {
			listen 127.0.0.1:$2;
			root $3;
			autoindex on;
			$4
		}
	}
	E
}

nginx_run() { # DIR EXE SSL ROOT DIRECTIVES
	nginx_conf "$1" "$port$3" "$4" "$5" >"$1/conf"
	exec "$2" -e stderr -c "$1/conf"
}

nginx_serve() { # PORT SSL ROOT DIRECTIVES
	local exe dir
	exe=$(need_program nginx) || skip "no nginx (scripts/deps test)"
	dir=$(mktemp -d "$BATS_TEST_TMPDIR/nginx.XXXXXX")
	chmod 755 "$BATS_TEST_TMPDIR" 2>/dev/null || true
	server_run "$1" "$dir/error.log" nginx_run "$dir" "$exe" "$2" \
	    "$(realpath "$3")" "$4"
	NGINX_LOG=$dir/access.log
}

nginx_start() { # ROOT [DIRECTIVES]
	nginx_serve "$NGINX_PORT" "" "$1" "$2"
	NGINX_PORT=$port
	NGINX=http://127.0.0.1:$port/
}

# One more request, and its line is waited for: those before it are there, too.
requests() {
	local mark=settled-$RANDOM$RANDOM
	exec 8<>"/dev/tcp/127.0.0.1/$NGINX_PORT"
	printf 'GET /%s HTTP/1.0\r\n\r\n' "$mark" >&8
	cat <&8 >/dev/null
	exec 8>&-
	wait_for grep -q "$mark" "$NGINX_LOG"
	grep -v 'GET /settled-' "$NGINX_LOG" || true
}

requests_forget() {
	requests >/dev/null
	: >"$NGINX_LOG"
}

# A CA and a certificate for 127.0.0.1 and localhost in $TLS.
tls_make() {
	TLS=$BATS_TEST_TMPDIR/tls
	CA=$TLS/ca.pem
	[ -d "$TLS" ] && return
	mkdir "$TLS"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca \
	    -addext basicConstraints=critical,CA:TRUE \
	    -addext keyUsage=critical,keyCertSign \
	    -keyout "$TLS/ca.key" -out "$CA" 2>/dev/null
	openssl req -newkey rsa:2048 -nodes -subj /CN=localhost \
	    -keyout "$TLS/key.pem" -out "$TLS/csr" 2>/dev/null
	printf 'subjectAltName=IP:127.0.0.1,DNS:localhost' >"$TLS/ext"
	openssl x509 -req -days 2 -in "$TLS/csr" -CA "$CA" \
	    -CAkey "$TLS/ca.key" -CAcreateserial -extfile "$TLS/ext" \
	    -out "$TLS/cert.pem" 2>/dev/null
}

nginx_tls_start() { # ROOT [DIRECTIVES]
	local plain=$NGINX_LOG
	tls_make
	nginx_serve "" " ssl" "$1" "ssl_certificate $TLS/cert.pem;
	    ssl_certificate_key $TLS/key.pem; $2"
	NGINX_LOG=$plain
	NGINX_TLS_PORT=$port
	NGINX_TLS=https://127.0.0.1:$port/
}

python_run() { # ROOT
	exec python3 -m http.server -b 127.0.0.1 -d "$1" "$port"
}

python_start() { # ROOT
	server_run "" "$BATS_TEST_TMPDIR/python.log" python_run "$1"
	PYTHON_URL=http://127.0.0.1:$port/
}

apache_conf() { # DIR ROOT
	local mods=/usr/lib/apache2/modules
	cat <<-E
	ServerRoot $1
	ServerName 127.0.0.1
	PidFile $1/pid
	Listen 127.0.0.1:$port
	ErrorLog $1/error.log
	LoadModule mpm_event_module $mods/mod_mpm_event.so
	LoadModule authz_core_module $mods/mod_authz_core.so
	LoadModule dir_module $mods/mod_dir.so
	LoadModule mime_module $mods/mod_mime.so
	LoadModule autoindex_module $mods/mod_autoindex.so
	TypesConfig /etc/mime.types
	DocumentRoot $2
	DirectoryIndex disabled
	<Directory />
		Options +Indexes
		Require all granted
	</Directory>
	IndexOptions FancyIndexing HTMLTable
	E
}

apache_run() { # DIR EXE ROOT
	apache_conf "$1" "$3" >"$1/conf"
	exec "$2" -f "$1/conf" -D FOREGROUND
}

apache_start() { # ROOT
	local exe dir
	exe=$(need_program apache2) || skip "no apache2 (scripts/deps test)"
	dir=$(mktemp -d "$BATS_TEST_TMPDIR/apache.XXXXXX")
	server_run "" "$dir/log" apache_run "$dir" "$exe" "$(realpath "$1")"
	APACHE=http://127.0.0.1:$port/
}

lighttpd_run() { # DIR EXE ROOT
	cat >"$1/conf" <<-E
	server.document-root = "$3"
	server.port = $port
	server.bind = "127.0.0.1"
	server.modules = ( "mod_dirlisting" )
	dir-listing.activate = "enable"
	mimetype.assign = ( "" => "application/octet-stream" )
	E
	exec "$2" -D -f "$1/conf"
}

lighttpd_start() { # ROOT
	local exe dir
	exe=$(need_program lighttpd) || skip "no lighttpd (scripts/deps test)"
	dir=$(mktemp -d "$BATS_TEST_TMPDIR/lighttpd.XXXXXX")
	server_run "" "$dir/log" lighttpd_run "$dir" "$exe" "$(realpath "$1")"
	LIGHTTPD=http://127.0.0.1:$port/
}

# Servers that choose their port, and print it as their first line.
script_start() { # FILE [ARG...]
	SCRIPT_LOG=$BATS_TEST_TMPDIR/script.log
	rm -f "$SCRIPT_LOG"
	python3 "$@" >"$SCRIPT_LOG" 2>&1 3>&- &
	servers+=($!)
	wait_for test -s "$SCRIPT_LOG"
	SCRIPT_PORT=$(head -n 1 "$SCRIPT_LOG")
	listens "$SCRIPT_PORT" "${servers[-1]}" /dev/null
	SCRIPT=http://127.0.0.1:$SCRIPT_PORT/
}

s3_run() { # EXE
	exec "$1" -H 127.0.0.1 -p "$port"
}

# moto in a virtual environment that is made once.
s3_start() {
	local venv
	venv=$(CI='' sh "$BATS_TEST_DIRNAME/../../scripts/venv" s3) ||
	    skip "moto cannot be installed"
	server_run "" "$BATS_TEST_TMPDIR/moto.log" s3_run "$venv/bin/moto_server"
	S3=http://127.0.0.1:$port
	S3_PYTHON=$venv/bin/python
	export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
	export AWS_REGION=us-east-1
}

# A model folder that needs no training: LeNet with weights of one byte each
# would not load, so a net of one small layer.
model_make() { # DIR NAME
	mkdir -p "$1"
	cat >"$1/deploy.prototxt" <<-E
	name: "$2"
	layer { name: "data" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 3 dim: 4 dim: 4 } } }
	layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
	  inner_product_param { num_output: 2 } }
	layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }
	E
	cp "$1/deploy.prototxt" "$1/original.prototxt"
	printf 'cat\ndog\n' >"$1/labels.txt"
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" \
	    "$1/snapshot_iter_10.caffemodel" "$2" ip:2x48,2
	cat >"$1/info.json" <<-E
	{"name": "The $2", "framework": "caffe", "username": "fred",
	 "note": "of $2", "snapshot file": "snapshot_iter_10.caffemodel",
	 "model file": "original.prototxt", "deploy file": "deploy.prototxt",
	 "labels file": "labels.txt", "image dimensions": [4, 4, 3]}
	E
	echo '{"dataset": "Pets", "license": "CC0"}' >"$1/aux.json"
}
