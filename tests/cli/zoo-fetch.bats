#!/usr/bin/env bats
# zoo-fetch against a small gist server.

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

@test "a gist: its files, then the weights, then model-infer" {
	card http://127.0.0.1:1/ "$sha" >$g/readme.md
	serve
	run zoo-fetch --api "$SCRIPT" --no-weights -o got 0123456789abcdef0123
	[ "$status" -eq 0 ]
	[ "$output" = got ]
	card "$SCRIPT/" "$sha" >got/readme.md # the port was not known before
	zoo-fetch got
	cmp got/w.caffemodel root/w.caffemodel
	printf 'P6\n4 4\n255\n' >x.ppm
	head -c 48 /dev/zero >>x.ppm
	model-infer -q -m got --device ref x.ppm | grep -q 'cat\|dog'
}

@test "a gist's address, a file that the API cuts, a zip" {
	printf 'x%.0s' $(seq 3000) >$g/long.txt
	echo 'no front matter here' >$g/readme.md
	serve
	run zoo-fetch --api "$SCRIPT" -o a \
	    "https://gist.github.com/somebody/0123456789abcdef0123"
	[ "$status" -eq 1 ]
	[[ "$output" == *"no weights"* ]]
	diff -r -x .nnutils-files $g a
	run zoo-fetch --api "$SCRIPT" -o b "$SCRIPT/zip/0123456789abcdef0123/x.zip"
	[ "$status" -eq 1 ]
	diff -r -x .nnutils-files $g b
	run zoo-fetch --api "$SCRIPT" -o c ffffffffffff
	[ "$status" -eq 4 ]
	[ ! -e c ]
}

@test "weights: kept when right, refused when not, resumed" {
	nginx_start root 'limit_rate 4m;'
	mkdir d
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" root/w.caffemodel t \
	    ip:2x750000
	sha=$(sha1sum <root/w.caffemodel | cut -d' ' -f1)
	card "$NGINX" "$sha" >d/readme.md
	zoo-fetch -q d 3>&- &
	pid=$!
	wait_for test -s d/w.caffemodel.part
	kill -KILL $pid
	wait $pid 2>/dev/null || true
	[ ! -e d/w.caffemodel ]
	ls d/*.part
	zoo-fetch -q d
	cmp d/w.caffemodel root/w.caffemodel
	[ -z "$(ls d/*.part* 2>/dev/null)" ]
	requests | grep '" 206 '
	requests_forget
	zoo-fetch -q d
	[ -z "$(requests)" ]
	echo damage >>d/w.caffemodel
	run zoo-fetch d
	[ "$status" -eq 8 ]
	grep -q damage d/w.caffemodel
	zoo-fetch -q -f d
	cmp d/w.caffemodel root/w.caffemodel
	card "$NGINX" "$(printf '%040d' 7)" >d/readme.md
	rm d/w.caffemodel
	run zoo-fetch d
	[ "$status" -eq 8 ]
	[ ! -e d/w.caffemodel ]
}

@test "cards as they are met" {
	nginx_start root
	mkdir d
	printf 'name: x\n\ncaffemodel_url: %sw.caffemodel\n\nText: follows\n' \
	    "$NGINX" >d/readme.md
	run zoo-fetch d
	[ "$status" -eq 0 ]
	[[ "$output" == *"no sha1"* ]]
	cmp d/w.caffemodel root/w.caffemodel
	for bad in 'sha1: xyz' 'caffemodel: ../w' 'gist_id: ../../x'; do
		printf -- '---\ncaffemodel_url: %sw.caffemodel\n%s\n---\n' \
		    "$NGINX" "$bad" >d/readme.md
		run zoo-fetch d
		[ "$status" -eq 3 ] || [ "$status" -eq 8 ]
	done
	shared=$BATS_TEST_DIRNAME/../../../shared/data/modelzoo_readmes
	[ -d "$shared" ] || skip "no shared data"
	for f in "$shared"/*/readme.md; do
		rm -rf e
		mkdir e
		cp "$f" e/
		run zoo-fetch --offline e
		[ "$status" -eq 6 ]
	done
}

@test "BVLC's own models: a folder that model-infer takes, but for the weights" {
	run zoo-fetch --list
	[ "${#lines[@]}" -eq 5 ]
	for m in $(zoo-fetch --list | cut -d' ' -f1); do
		zoo-fetch -q --no-weights "$m"
		net-show -q "$m/deploy.prototxt" >/dev/null
		grep -q sha1 "$m/readme.md"
	done
	grep -q fc8_flickr finetune_flickr_style/deploy.prototxt
	run zoo-fetch no_such_model
	[ "$status" -eq 4 ]
}

@test "what came in place of the weights is said, and is fetched again" {
	echo '<html>404</html>' >root/w.caffemodel
	nginx_start root
	mkdir d
	printf -- '---\nname: x\ncaffemodel_url: %sw.caffemodel\n---\n' \
	    "$NGINX" >d/readme.md
	cp m/deploy.prototxt d/
	run zoo-fetch d
	[ "$status" -eq 3 ]
	[[ "$output" == *"w.caffemodel: is an HTML page"*removed*"w.caffemodel answers with it"*browser* ]]
	[ ! -e d/w.caffemodel ]
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" root/w.caffemodel t no:2x48,2
	run zoo-fetch d
	[ "$status" -eq 3 ]
	[[ "$output" == *"w.caffemodel: is another net's"* ]]
	[ -e d/w.caffemodel ]
}

@test "a card as VGG's gists have it: headings, no dashes, weights without an ending" {
	cp root/w.caffemodel root/VGG.caffemodel
	nginx_start root
	mkdir d
	{
		printf '## Information\n\nname: 16 layers\n\n'
		printf '  caffemodel: VGG\n\n# from there\n'
		printf 'caffemodel_url: %sVGG.caffemodel\n\n' "$NGINX"
		printf '## Description\n\nText.\n'
	} >d/readme.md
	cp m/deploy.prototxt d/VGG_deploy.prototxt
	sed '/^input/,/}/d' m/deploy.prototxt >d/VGG_train_val.prototxt
	run zoo-fetch d
	echo "$output"
	[ "$status" -eq 0 ]
	cmp d/VGG.caffemodel root/w.caffemodel
	printf 'P6\n4 4\n255\n' >x.ppm
	head -c 48 /dev/zero >>x.ppm
	model-infer -q -m d --device ref x.ppm >/dev/null
}
