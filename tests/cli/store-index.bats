#!/usr/bin/env bats
# store-index: what it writes, what --check finds.

load servers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	export NNUTILS_CACHE=$PWD/cache
	model_make store/alpha alpha
	model_make store/beta beta
}

teardown() {
	servers_stop
}

@test "master.json, manifest.json with right digests, the same every time" {
	store-index -q --html store
	python3 - <<-E
	import hashlib, json
	m = json.load(open('store/master.json'))
	assert m['children'] == ['alpha', 'beta'] and 'msg' in m
	text = open('store/manifest.json').read()
	for f in ('labels.txt', 'snapshot_iter_10.caffemodel'):
	    d = hashlib.sha256(open('store/alpha/' + f, 'rb').read()).hexdigest()
	    assert d in text, f
	E
	grep -q alpha store/index.html
	cp store/manifest.json before
	store-index -q store
	cmp before store/manifest.json
}

@test "the greeting of a master.json that cannot be read is not lost" {
	store-index -q --message hello store
	store-index -q store
	grep -q '"msg": *"hello"' store/master.json
	printf '{"children": [], "msg": "hello' >store/master.json
	cp store/master.json before
	run store-index store
	[ "$status" -eq 3 ]
	[[ "$output" == *"--message TEXT"*master.json* ]]
	cmp before store/master.json
	store-index -q --message again store
	grep -q '"msg": *"again"' store/master.json
}

@test "--check finds what is wrong" {
	store-index -q store
	run store-index --check store
	[ "$status" -eq 0 ]
	echo x >>store/alpha/labels.txt
	run store-index --check store
	[ "$status" -ne 0 ]
	[[ "$output" == *alpha*labels.txt* ]]
	store-index -q store
	rm store/beta/snapshot_iter_10.caffemodel
	run store-index --check store
	[ "$status" -ne 0 ]
	[[ "$output" == *snapshot_iter_10.caffemodel* ]]
	store-index -q store || true
	echo '{' >store/beta/info.json
	run store-index --check store
	[ "$status" -ne 0 ]
	[[ "$output" == *beta* ]]
}

@test "a model that does not load is found, over HTTP too" {
	printf 'garbage' >store/beta/snapshot_iter_10.caffemodel
	store-index -q store || true
	run store-index --check store
	[ "$status" -ne 0 ]
	[[ "$output" == *beta* ]]
	nginx_start store
	run store-index --check "$NGINX"
	[ "$status" -ne 0 ]
	[[ "$output" == *beta* ]]
}

@test "the signature is ssh-keygen's" {
	ssh-keygen -q -t ed25519 -N '' -C me -f key
	store-index -q --sign key store
	printf 'me %s\n' "$(cut -d' ' -f1,2 key.pub)" >allowed
	ssh-keygen -Y verify -f allowed -I me -n nnutils \
	    -s store/manifest.json.sig <store/manifest.json
	store-index -q --check --verify key.pub store
	ssh-keygen -q -t ed25519 -N '' -f other
	run store-index --check --verify other.pub store
	[ "$status" -ne 0 ]
}

@test "bad input" {
	run store-index nowhere
	[ "$status" -eq 4 ]
	run store-index
	[ "$status" -eq 2 ]
}

@test "--check names weights and labels that are not the net's" {
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" \
	    store/alpha/snapshot_iter_10.caffemodel alpha no:2x48,2
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" \
	    store/beta/snapshot_iter_10.caffemodel beta ip:2x48,2=inf
	printf 'cat\ndog\ncow\n' >store/beta/labels.txt
	store-index -q store
	run store-index --check store
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"alpha/snapshot_iter_10.caffemodel: is another net's"* ]]
	[[ "$output" == *"beta/snapshot_iter_10.caffemodel: "*"is infinite"* ]]
	[[ "$output" == *"beta/labels.txt: has 3 lines, the net has 2 outputs"* ]]
	nginx_start store
	run store-pull -s "$NGINX" -o pulled alpha
	[ "$status" -eq 1 ]
	[[ "$output" == *"alpha: snapshot_iter_10.caffemodel: is another net's"* ]]
}

# A folder of ours that another user can reach, and us as one who may not read all.
@test "what may not be read is not said to be missing" {
	here=$(mktemp -d /tmp/nnutils-perm.XXXXXX)
	chmod 777 "$here"
	as=()
	[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid 65534 --clear-groups)
	run "${as[@]}" store-list --help
	[ "$status" -eq 0 ] || { rm -rf "$here"; skip "the programs cannot be run as another user"; }
	mkdir "$here/closed" "$here/s" "$here/s/m"
	echo '{}' >"$here/s/m/info.json"
	chmod 000 "$here/closed" "$here/s/m/info.json"
	chmod 777 "$here/s"
	export NNUTILS_CACHE=$here/cache
	run "${as[@]}" store-list "$here/closed"
	closed=$output
	run "${as[@]}" store-list "$here/s"
	listed=$output
	run "${as[@]}" store-index "$here/s"
	indexed=$output
	chmod 700 "$here/closed"
	rm -rf "$here"
	for said in "$closed" "$listed" "$indexed"; do
		echo "$said"
		[[ "$said" == *"Permission denied"* ]]
	done
}
