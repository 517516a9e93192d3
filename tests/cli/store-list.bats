#!/usr/bin/env bats
# store-list against nginx, Apache, lighttpd, Python's server and folders.

load servers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	export NNUTILS_CACHE=$PWD/cache
	unset DIGITS_MODEL_STORE_URL NNUTILS_TOKEN http_proxy
	model_make store/alpha alpha
	model_make store/beta beta
}

teardown() {
	servers_stop
}

names() {
	store-list --tsv "$@" | cut -f2 | paste -sd' '
}

@test "a folder without master.json: every folder with an info.json" {
	mkdir store/nothing
	[ "$(names store)" = "alpha beta" ]
	[ "$(names "file://$PWD/store")" = "alpha beta" ]
	run store-list nowhere
	[ "$status" -eq 4 ]
	[[ "$output" == *nowhere* ]]
	run store-list nowhere store
	[ "$status" -eq 1 ]
	[[ "$output" == *nowhere*alpha* ]]
	run store-list nowhere "http://127.0.0.1:$(port_free)/"
	[ "$status" -eq 6 ]
	[[ "$output" == *nowhere*127.0.0.1* ]]
}

@test "columns and JSON" {
	run store-list store --filter beta
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ "${lines[1]}" == store*beta*fred*caffe*Pets*"of beta"*CC0* ]]
	store-list store --json >out
	python3 - <<-E
	import json
	l = [json.loads(x) for x in open('out')]
	assert [x['name'] for x in l] == ['alpha', 'beta']
	assert l[0]['title'] == 'The alpha' and l[0]['license'] == 'CC0'
	assert l[0]['contributor'] == 'fred' and l[0]['dataset'] == 'Pets'
	assert l[0]['size'] > 400, l[0]
	E
}

@test "--filter looks at every column, several must all fit" {
	[ "$(names store --filter PETS)" = "alpha beta" ]
	[ "$(names store --filter fred --filter 'of b')" = beta ]
	[ "$(names store --filter nosuch)" = "" ]
}

@test "nginx: its listing, then master.json, then the manifest" {
	nginx_start store
	[ "$(names "$NGINX")" = "alpha beta" ]
	echo '{"msg": "hello", "children": ["beta"]}' >store/master.json
	[ "$(names "$NGINX")" = "alpha beta" ] # cached
	[ "$(names "$NGINX" --refresh)" = beta ]
	store-list -v "$NGINX" 2>&1 | grep -q hello
	store-index store
	[ "$(names "$NGINX" --refresh)" = "alpha beta" ]
	store-list "$NGINX" --json | grep -q '"digest": "[0-9a-f]'
}

@test "Apache's listing" {
	apache_start store
	[ "$(names "$APACHE")" = "alpha beta" ]
}

@test "lighttpd's listing" {
	lighttpd_start store
	[ "$(names "$LIGHTTPD")" = "alpha beta" ]
}

@test "the listing of Python's server" {
	python_start store
	[ "$(names "$PYTHON_URL")" = "alpha beta" ]
}

@test "DIGITS_MODEL_STORE_URL has several, at commas" {
	cp -r store two
	rm -r two/alpha
	DIGITS_MODEL_STORE_URL="store, $PWD/two" run store-list --tsv
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
}

@test "a dead store: within the connect timeout, exit 1, the other complete" {
	nginx_start store
	start=$(date +%s%N)
	run store-list --tsv --connect-timeout 2 \
	    "http://127.0.0.1:$(port_free)/" "$NGINX"
	took=$((($(date +%s%N) - start) / 1000000000))
	[ "$took" -lt "$(printf '%.0f' "$(patience 20)")" ]
	[ "$status" -eq 1 ]
	[ "$(grep -c fred <<<"$output")" -eq 2 ]
}

@test "a store that went down is listed from the cache, with its age" {
	nginx_start store
	[ "$(names "$NGINX")" = "alpha beta" ]
	servers_stop
	run store-list --tsv --max-age 0 "$NGINX"
	[ "$status" -eq 0 ]
	[[ "$output" == *"old"* ]]
	[ "$(grep -c fred <<<"$output")" -eq 2 ]
	run store-list --tsv --refresh "$NGINX"
	[ "$status" -eq 1 ]
	[ "$(names --offline "$NGINX")" = "alpha beta" ]
	rm -r cache
	run store-list --offline "$NGINX"
	[ "$status" -eq 6 ]
	[[ "$output" == *offline* ]]
}

@test "a refresh of what has not changed transfers nothing" {
	store-index store
	nginx_start store
	names "$NGINX"
	requests_forget
	names --refresh "$NGINX"
	requests >asked
	[ "$(grep -c '" 304 ' asked)" -ge 6 ]
	! grep -q '" 200 [1-9]' asked || false
}

@test "broken models are named, the rest is listed, exit 1" {
	mkdir store/gamma store/delta
	echo '{' >store/gamma/info.json
	echo '{"name": 3}' >store/delta/info.json
	echo '{"children": ["alpha", "gamma", "delta", "gone", "../x",
	    "alpha"]}' >store/master.json
	nginx_start store
	for s in store "$NGINX"; do
		run store-list --tsv "$s"
		[ "$status" -eq 1 ]
		[ "$(grep -c fred <<<"$output")" -eq 1 ]
		for m in gamma delta gone '\.\./x' 'twice'; do
			grep -q "$m" <<<"$output"
		done
	done
}

@test "terminal commands in a note are not passed on" {
	printf '{"name":"x","framework":"caffe","snapshot file":"a",
	"model file":"b","note":"a\\u001b[2J\\u0007b"}' >store/beta/info.json
	run store-list store --filter beta
	[[ "$output" != *$'\e'* ]]
	[[ "$output" == *'a?[2J?b'* ]]
}

@test "TLS: a CA that is known, one that is not, the wrong name" {
	nginx_tls_start store
	[ "$(names --cacert "$CA" "$NGINX_TLS")" = "alpha beta" ]
	run store-list "$NGINX_TLS" --refresh
	[ "$status" -eq 8 ]
	[[ "$output" == *certificate* ]]
	run store-list --cacert "$CA" "https://127.0.0.2:$NGINX_TLS_PORT/"
	[ "$status" -eq 6 ]
	SSL_CERT_FILE=$CA names "$NGINX_TLS" --refresh
}

# How fast: tests/bench/store.sh.
@test "a thousand models, cold and from the cache" {
	python3 - <<-E
	import json, os
	os.mkdir('big')
	for i in range(1000):
	    d = 'big/m%04d' % i
	    os.mkdir(d)
	    json.dump({'name': 'M', 'framework': 'caffe', 'model file': 'n',
	        'snapshot file': 's'}, open(d + '/info.json', 'w'))
	    json.dump({'license': 'CC0'}, open(d + '/aux.json', 'w'))
	    open(d + '/s', 'w').write('x' * i)
	json.dump({'msg': '', 'children': os.listdir('big')},
	    open('big/master.json', 'w'))
	E
	nginx_start big
	[ "$(store-list --tsv "$NGINX" | wc -l)" -eq 1000 ]
	requests_forget
	[ "$(store-list --tsv "$NGINX" | wc -l)" -eq 1000 ]
	[ -z "$(requests)" ]
}

@test "examples of the manual, and starting costs nothing" {
	store-list store --filter caffe --filter pets >/dev/null
	store-list --help | grep -q DIGITS_MODEL_STORE_URL
	# libcurl is opened by the first request only
	! ldd "$(command -v store-list)" | grep -q libcurl || false
}

@test "a machine without certificates of authorities is told what it lacks" {
	hidden='mount -t tmpfs none /etc/ssl/certs'
	unshare -m sh -c "$hidden" 2>/dev/null || skip "no mounts here"
	model_make store/alpha alpha
	nginx_tls_start store
	run unshare -m sh -c "$hidden && env -u SSL_CERT_FILE -u CURL_CA_BUNDLE store-list $NGINX_TLS"
	[ "$status" -eq 4 ]
	[[ "$output" == *"/etc/ssl/certs/"*"(install the package ca-certificates, or name a file by --cacert)"* ]]
}
