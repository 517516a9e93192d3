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
#	s3_start                        $S3: moto's server, keys test/test
#
# Each skips the test when the server is not installed (scripts/deps test).

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

port_free() {
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

port_wait() { # PORT
	local i
	for i in $(seq 200); do
		(: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
		sleep 0.05
	done
	echo "nothing listens on port $1" >&2
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

nginx_run() { # PORT ROOT DIRECTIVES
	local exe dir
	exe=$(need_program nginx) || skip "no nginx (scripts/deps test)"
	dir=$(mktemp -d "$BATS_TEST_TMPDIR/nginx.XXXXXX")
	nginx_conf "$dir" "$1" "$(realpath "$2")" "$3" >"$dir/conf"
	chmod 755 "$BATS_TEST_TMPDIR" 2>/dev/null || true
	"$exe" -e "$dir/error.log" -c "$dir/conf" >/dev/null 2>&1 3>&- &
	servers+=($!)
	NGINX_PID=$!
	NGINX_LOG=$dir/access.log
	port_wait "$1"
}

nginx_start() { # ROOT [DIRECTIVES]
	NGINX_PORT=${NGINX_PORT:-$(port_free)}
	nginx_run "$NGINX_PORT" "$1" "$2"
	NGINX=http://127.0.0.1:$NGINX_PORT/
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
	tls_make
	NGINX_TLS_PORT=$(port_free)
	nginx_run "$NGINX_TLS_PORT ssl" "$1" "ssl_certificate $TLS/cert.pem;
	    ssl_certificate_key $TLS/key.pem; $2" || true
	port_wait "$NGINX_TLS_PORT"
	NGINX_TLS=https://127.0.0.1:$NGINX_TLS_PORT/
}

python_start() { # ROOT
	local port
	port=$(port_free)
	python3 -m http.server -b 127.0.0.1 -d "$1" "$port" \
	    >/dev/null 2>&1 3>&- &
	servers+=($!)
	port_wait "$port"
	PYTHON_URL=http://127.0.0.1:$port/
}

apache_start() { # ROOT
	local exe dir port mods=/usr/lib/apache2/modules
	exe=$(need_program apache2) || skip "no apache2 (scripts/deps test)"
	dir=$(mktemp -d "$BATS_TEST_TMPDIR/apache.XXXXXX")
	port=$(port_free)
	cat >"$dir/conf" <<-E
	ServerRoot $dir
	ServerName 127.0.0.1
	PidFile $dir/pid
	Listen 127.0.0.1:$port
	ErrorLog $dir/error.log
	LoadModule mpm_event_module $mods/mod_mpm_event.so
	LoadModule authz_core_module $mods/mod_authz_core.so
	LoadModule dir_module $mods/mod_dir.so
	LoadModule mime_module $mods/mod_mime.so
	LoadModule autoindex_module $mods/mod_autoindex.so
	TypesConfig /etc/mime.types
	DocumentRoot $(realpath "$1")
	DirectoryIndex disabled
	<Directory />
		Options +Indexes
		Require all granted
	</Directory>
	IndexOptions FancyIndexing HTMLTable
	E
	"$exe" -f "$dir/conf" -D FOREGROUND >/dev/null 2>&1 3>&- &
	servers+=($!)
	port_wait "$port"
	APACHE=http://127.0.0.1:$port/
}

lighttpd_start() { # ROOT
	local exe dir port
	exe=$(need_program lighttpd) || skip "no lighttpd (scripts/deps test)"
	dir=$(mktemp -d "$BATS_TEST_TMPDIR/lighttpd.XXXXXX")
	port=$(port_free)
	cat >"$dir/conf" <<-E
	server.document-root = "$(realpath "$1")"
	server.port = $port
	server.bind = "127.0.0.1"
	server.modules = ( "mod_dirlisting" )
	dir-listing.activate = "enable"
	mimetype.assign = ( "" => "application/octet-stream" )
	E
	"$exe" -D -f "$dir/conf" >/dev/null 2>&1 3>&- &
	servers+=($!)
	port_wait "$port"
	LIGHTTPD=http://127.0.0.1:$port/
}

script_start() { # FILE [ARG...]
	local i port
	SCRIPT_LOG=$BATS_TEST_TMPDIR/script.log
	rm -f "$SCRIPT_LOG"
	python3 "$@" >"$SCRIPT_LOG" 2>&1 3>&- &
	servers+=($!)
	for i in $(seq 200); do
		port=$(head -1 "$SCRIPT_LOG" 2>/dev/null)
		[ -n "$port" ] && break
		sleep 0.05
	done
	port_wait "$port"
	SCRIPT_PORT=$port
	SCRIPT=http://127.0.0.1:$port/
}

# moto in a virtual environment that is made once.
s3_start() {
	local venv=${NNUTILS_TEST_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/nnutils-test/s3}
	local port
	if [ ! -x "$venv/bin/moto_server" ]; then
		python3 -m venv "$venv" >/dev/null 2>&1 &&
		    "$venv/bin/pip" install -q 'moto[server,s3]' \
			>/dev/null 2>&1 ||
		    skip "moto cannot be installed"
	fi
	port=$(port_free)
	"$venv/bin/moto_server" -H 127.0.0.1 -p "$port" >/dev/null 2>&1 3>&- &
	servers+=($!)
	port_wait "$port"
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
