#!/bin/sh
# Stores on loopback: a store of 1,000 models listed cold and from the cache; one
# file of 1 GB pulled and verified beside curl -o; eight of 128 MB beside curl
# --parallel and sha256sum; 2 GB pulled with 20 interruptions.  Needs nginx,
# curl.  SMALL=1: a tenth of the bytes.
set -eu
nginx=$(command -v nginx || echo /usr/sbin/nginx)
if [ ! -x "$nginx" ] || ! command -v curl >/dev/null; then
	echo "store: no nginx or curl (scripts/deps test)"
	exit 0
fi
PATH=$PWD/bin:$PATH
dir=$(mktemp -d)
mb=1000
[ "${SMALL:-0}" = 1 ] && mb=100
port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
trap 'kill $pid 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
export NNUTILS_CACHE="$dir/cache" XDG_CACHE_HOME="$dir/xdg"

model() { # NAME MEGABYTES
	mkdir -p "$1"
	printf '{"name": "%s", "framework": "caffe", "model file": "n", "snapshot file": "w.caffemodel"}' \
	    "$(basename "$1")" >"$1/info.json"
	echo net >"$1/n"
	head -c "$2"000000 /dev/urandom >"$1/w.caffemodel"
}

mkdir -p root/many
i=0
while [ $i -lt 1000 ]; do
	mkdir "root/many/m$i"
	echo '{"name": "m", "framework": "caffe", "model file": "n", "snapshot file": "s"}' \
	    >"root/many/m$i/info.json"
	i=$((i + 1))
done
(cd root/many && printf '{"msg": "", "children": ["m0"' && i=1 &&
    while [ $i -lt 1000 ]; do printf ', "m%d"' $i; i=$((i + 1)); done &&
    echo ']}') >root/many/master.json
model root/one/big $mb
for i in 1 2 3 4 5 6 7 8; do model "root/eight/m$i" $((mb / 8)); done
store-index -q root/one
store-index -q root/eight

cat >conf <<C
daemon off; master_process off; pid $dir/pid; error_log /dev/null;
events { worker_connections 256; }
http { access_log $dir/log; sendfile on; keepalive_requests 100000;
	server { listen 127.0.0.1:$port; root $dir/root; autoindex on;
	location /slow/ { alias $dir/root/; limit_rate 200m; } } }
C
"$nginx" -e /dev/null -c "$dir/conf" &
pid=$!
sleep 1
url=http://127.0.0.1:$port

now() {
	date +%s.%N
}

took() { # START
	awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.3f", b - a }'
}

t=$(now); store-list --tsv $url/many/ >/dev/null; cold=$(took "$t")
t=$(now); store-list --tsv $url/many/ >/dev/null; warm=$(took "$t")
echo "1,000 models listed: cold $cold s (target 3), cached $warm s (target 0.2)"

t=$(now); curl -s -o curl.out $url/one/big/w.caffemodel; c=$(took "$t")
t=$(now); /usr/bin/time -f '%M' -o rss store-pull -q -s $url/one/ -o got big >/dev/null 2>&1 ||
    store-pull -q -s $url/one/ -o got big >/dev/null
p=$(took "$t")
cmp curl.out got/big/w.caffemodel
echo "one file of $mb MB: curl -o $c s, store-pull verified $p s: $(awk -v c="$c" -v p="$p" \
    'BEGIN { printf "%.2f", c / p }') of curl's speed (target 0.9), $(cat rss 2>/dev/null || echo ?) KiB"
rm -rf curl.out got

t=$(now)
curl -s --parallel --remote-name-all --output-dir . \
    $(for i in 1 2 3 4 5 6 7 8; do echo "-o c$i $url/eight/m$i/w.caffemodel"; done)
sha256sum c? >/dev/null
c=$(took "$t")
t=$(now); store-pull -q -s $url/eight/ -o got --all >/dev/null; p=$(took "$t")
echo "eight files: curl --parallel + sha256sum $c s, store-pull --all $p s: $(awk -v c="$c" -v p="$p" \
    'BEGIN { printf "%.2f", c / p }') (target 1)"
rm -rf c? got

head -c $((2 * mb))000000 /dev/urandom >root/one/big/w.caffemodel
store-index -q root/one
: >log
n=0
while [ $n -lt 20 ]; do
	store-pull -q -s $url/slow/one/ -o got big >/dev/null & k=$!
	sleep 0.$((2 + n % 5))
	kill -KILL $k 2>/dev/null || true
	wait $k 2>/dev/null || true
	n=$((n + 1))
done
store-pull -q -s $url/slow/one/ -o got big >/dev/null
sleep 1
cmp root/one/big/w.caffemodel got/big/w.caffemodel
awk -v size=$((2 * mb))000000 '/w.caffemodel/ { n += $10 }
	END { printf "%d MB, 20 kills: %.1f %% transferred again (target 5)\n",
	    size / 1e6, 100 * (n / size - 1) }' log
