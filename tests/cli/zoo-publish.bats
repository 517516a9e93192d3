#!/usr/bin/env bats
# zoo-publish against a small gist server.

load servers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	export NNUTILS_CACHE=$PWD/cache HOME=$PWD
	unset GITHUB_TOKEN http_proxy
	mkdir -p root/gists.d/0123456789abcdef0123
	model_make m tiny
	cp m/snapshot_iter_10.caffemodel root/w.caffemodel
	sha=$(sha1sum <root/w.caffemodel | cut -d' ' -f1)
	g=root/gists.d/0123456789abcdef0123
	cp m/deploy.prototxt m/labels.txt $g/
}

teardown() {
	servers_stop
}

card() { # URL-BASE SHA1
	printf -- '---\nname: Tiny\n\ncaffemodel: w.caffemodel\n'
	printf 'caffemodel_url: %sw.caffemodel\nlicense: CC0\nsha1: %s\n---\nabout\n' "$1" "$2"
}

serve() {
	script_start "$BATS_TEST_DIRNAME/gist-server.py" root "$@"
	SCRIPT=${SCRIPT%/}
}

@test "publish: a new gist, its id written back, then updated" {
	mkdir p
	cp m/* p/
	card http://127.0.0.1/ "$sha" >p/readme.md
	head -c 100 /dev/urandom >p/picture.jpg
	serve secret
	run zoo-publish --api "$SCRIPT" --dry-run p
	[ "$status" -eq 0 ]
	[[ "$output" == *"POST $SCRIPT/gists"* ]]
	[[ "$output" == *deploy.prototxt* ]]
	[[ "$output" != *caffemodel* ]]
	[[ "$output" != *picture.jpg* ]]
	! grep -q POST "$SCRIPT_LOG" || false
	run zoo-publish --api "$SCRIPT" p
	[ "$status" -eq 8 ]
	! grep -q gist_id p/readme.md || false
	GITHUB_TOKEN=secret zoo-publish --api "$SCRIPT" p >out
	id=$(sed -n 's/^gist_id: //p' p/readme.md)
	grep -q "$id" out
	! grep -q secret out || false
	[ "$(sed -n '$p' p/readme.md)" = about ]
	echo secret >token
	echo changed >>p/labels.txt
	zoo-publish --token-file token --api "$SCRIPT" p
	grep -q "PATCH /gists/$id Bearer secret" "$SCRIPT_LOG"
	run zoo-fetch --api "$SCRIPT" --no-weights -o back "$id"
	cmp back/labels.txt p/labels.txt
	cmp back/readme.md p/readme.md
}

@test "the token goes to the API's host and to no other" {
	serve secret
	script=$SCRIPT log=$SCRIPT_LOG
	nginx_start root
	mkdir d
	card "$NGINX" "$sha" >d/readme.md
	GITHUB_TOKEN=secret zoo-fetch -q --api "$script" d
	cmp d/w.caffemodel root/w.caffemodel
	! requests | grep secret || false
	run zoo-publish --api "$script" nowhere
	[ "$status" -eq 4 ]
	mkdir empty
	run zoo-publish --api "$script" empty
	[ "$status" -eq 4 ]
}
