#!/usr/bin/env bats
# store-pull: whole, verified, resumed, and nothing outside its folder.

load servers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	export NNUTILS_CACHE=$PWD/cache
	unset DIGITS_MODEL_STORE_URL NNUTILS_TOKEN http_proxy
	model_make store/alpha alpha
	model_make store/beta beta
	store-index -q store
}

teardown() {
	servers_stop
}

# Bytes that servers sent for paths that match $1.
sent() {
	requests | awk -v p="$1" 'index($7, p) { n += $10 } END { print n + 0 }'
}

@test "one model, and model-infer takes it" {
	nginx_start store
	run store-pull -s "$NGINX" -o got alpha
	[ "$status" -eq 0 ]
	[ "$output" = got/alpha ]
	diff -r store/alpha got/alpha
	printf 'P6\n4 4\n255\n' >x.ppm
	head -c 48 /dev/zero >>x.ppm
	model-infer -q -m got/alpha --device ref x.ppm >a
	model-infer -q -m store/alpha --device ref x.ppm >b
	cmp a b
	grep -q '"alpha"\|alpha' got/models.lock
}

@test "all models, from a folder, from Python's server" {
	store-pull -q -s store -o one --all
	diff -r store/beta one/beta
	python_start store
	store-pull -q -s "$PYTHON_URL" -o two --all
	diff -r store/beta two/beta
}

@test "a name that two stores have needs its store" {
	cp -r store second
	run store-pull -s store -s second -o got alpha
	[ "$status" -ne 0 ]
	[[ "$output" == *"write STORE:NAME, both as store-list shows them"* ]]
	store-pull -q -s store -s second -o got second:alpha
	diff -r store/alpha got/alpha
}

@test "a digest pins the model" {
	d=$(store-list --json store --filter alpha |
	    sed 's/.*"digest": "\([0-9a-f]*\)".*/\1/')
	store-pull -q -s store -o got "alpha@sha256:$d"
	diff -r store/alpha got/alpha
	run store-pull -s store -o no "alpha@sha256:${d/[0-9a-f]/x}"
	[ "$status" -ne 0 ]
	bad=$(printf '%s' "$d" | tr '0-9a-f' '1-9a-f0')
	run store-pull -s store -o no "alpha@sha256:$bad"
	[ "$status" -eq 8 ]
	[ ! -e no/alpha ]
}

@test "a file that differs from the manifest is refused" {
	printf x | dd of=store/alpha/snapshot_iter_10.caffemodel bs=1 seek=9 \
	    conv=notrunc 2>/dev/null
	nginx_start store
	run store-pull -s "$NGINX" -o got alpha
	[ "$status" -eq 8 ]
	[[ "$output" == *snapshot_iter_10.caffemodel* ]]
	[ ! -e got/alpha ]
}

@test "only the damaged block is fetched again" {
	head -c 20000000 /dev/urandom >store/alpha/big.bin
	store-index -q store
	nginx_start store
	store-pull -q -s "$NGINX" -o got alpha
	printf x | dd of=got/alpha/big.bin bs=1 seek=9000000 conv=notrunc \
	    2>/dev/null
	requests_forget
	store-pull -q -s "$NGINX" -o got alpha
	cmp store/alpha/big.bin got/alpha/big.bin
	[ "$(sent big.bin)" -le 4300000 ]
}

# A later run goes on exactly where the part ends that the killed one left.
@test "killed six times, the server restarted: nothing is fetched twice" {
	size=64000000 have=0
	head -c $size /dev/urandom >store/alpha/big.bin
	store-index -q store
	nginx_start store 'limit_rate 6m;'
	for delay in 0.2 0.35 0.15 0.3 0.25 0.2; do
		store-pull -q -s "$NGINX" -o got alpha 3>&- &
		pid=$!
		sleep $delay
		kill -KILL $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
		[ ! -e got/alpha ]
		now=$(stat -c %s got/.alpha.pull/big.bin.part || echo 0)
		[ "$now" -ge "$have" ]
		have=$now
	done
	[ "$have" -gt 0 ]
	servers_stop
	nginx_start store
	store-pull -q -s "$NGINX" -o got alpha
	cmp store/alpha/big.bin got/alpha/big.bin
	[ "$(sent big.bin)" -eq $((size - have)) ]
}

@test "a file that changes in between is noticed and started anew" {
	head -c 30000000 /dev/urandom >store/alpha/big.bin
	store-index -q store
	# servers tell changes by the second
	touch -d '1 hour ago' store/*.json store/alpha/*
	nginx_start store 'limit_rate 4m;'
	store-pull -q -s "$NGINX" -o got alpha 3>&- &
	pid=$!
	wait_for test -s got/.alpha.pull/big.bin.part
	kill -KILL $pid
	wait $pid 2>/dev/null || true
	head -c 30000000 /dev/urandom >store/alpha/big.bin
	store-index -q store
	servers_stop
	nginx_start store
	store-pull -q -s "$NGINX" -o got alpha
	cmp store/alpha/big.bin got/alpha/big.bin
}

@test "models.lock: another model under the name is refused, --force takes it" {
	store-pull -q -s store -o got alpha
	echo other >>store/alpha/labels.txt
	store-index -q store
	run store-pull -s store -o got alpha
	[ "$status" -eq 8 ]
	! grep -q other got/alpha/labels.txt || false
	store-pull -q -f -s store -o got alpha
	grep -q other got/alpha/labels.txt
}

@test "signatures: a key that is trusted, another, none" {
	ssh-keygen -q -t ed25519 -N '' -C me -f key
	ssh-keygen -q -t ed25519 -N '' -C you -f other
	store-index -q --sign key store
	nginx_start store
	store-pull -q -s "$NGINX" -o got --verify key.pub alpha
	run store-pull -s "$NGINX" -o no --verify other.pub alpha
	[ "$status" -eq 8 ]
	[ ! -e no/alpha ]
	printf ' ' >>store/manifest.json
	run store-pull -s "$NGINX" -o no --verify key.pub alpha
	[ "$status" -eq 8 ]
	rm store/manifest.json.sig
	run store-pull -s "$NGINX" -o no --verify key.pub alpha
	[ "$status" -eq 8 ]
}

@test "--offline opens no connection" {
	nginx_start store
	run store-pull --offline -s "$NGINX" -o got alpha
	[ "$status" -ne 0 ]
	[ -z "$(requests)" ]
}

@test "missing things: exit status 4, 1, 6" {
	run store-pull -s store -o got nothing
	[ "$status" -eq 4 ]
	rm store/manifest.json store/alpha/labels.txt
	run store-pull -s store -o got alpha
	[ "$status" -eq 1 ]
	[[ "$output" == *labels.txt* ]]
	run store-pull --retries 0 --connect-timeout 1 \
	    -s "http://127.0.0.1:$(port_free)/" -o got beta
	[ "$status" -eq 6 ]
}

@test "names that lead elsewhere are refused" {
	rm store/manifest.json
	for name in ../escape /abs a/../../escape 'C:\\x' . '' 'a\u0007b' a//b; do
		sed "s|\"labels.txt\"|\"$name\"|" store/beta/info.json >info
		mkdir -p evil/m
		cp store/beta/* evil/m/
		cp info evil/m/info.json
		run store-pull -s evil -o got m
		[ "$status" -ne 0 ] || [ "$name" = '' ]
		[ ! -e escape ] && [ ! -e got/escape ] && [ ! -e /abs ]
		rm -rf evil got
	done
	run store-pull -s store -o got ../store/alpha
	[ "$status" -ne 0 ]
	[ ! -e got/alpha ]
}

@test "a web page in place of a file that a model can do without" {
	rm store/manifest.json
	echo '<!DOCTYPE html><html><body>Not found</body></html>' \
	    >store/alpha/labels.txt
	python_start store
	run store-pull -s "$PYTHON_URL" -o got alpha
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"labels.txt: is an HTML page: missing"* ]]
	[ ! -e got/alpha/labels.txt ]
	[ -e got/alpha/deploy.prototxt ]
}
