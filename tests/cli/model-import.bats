#!/usr/bin/env bats
# model-import: what model-pack, DIGITS and others pack, and single files; nothing
# outside the folder.

weights() { # FILE LAYER...
	f=$1
	shift
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" "$f" m "$@"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	shared=$BATS_TEST_DIRNAME/../../../shared
	mkdir m
	echo net >m/original.prototxt
	printf 'input: "data"\ninput_dim: 1 input_dim: 3\n' >m/deploy.prototxt
	printf 'input_dim: 20 input_dim: 30\n' >>m/deploy.prototxt
	cat >>m/deploy.prototxt <<-E
	layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
	  inner_product_param { num_output: 2 } }
	E
	weights m/snapshot_iter_100.caffemodel ip:2x1800,2
	weights m/snapshot_iter_200.caffemodel ip:2x1800,2 more:1
	printf 'cat\ndog\n' >m/labels.txt
	echo '0 0 0' >m/palette.txt
	echo free >m/license.txt
	echo 'net: "x"' >m/solver.prototxt
	echo 'not packed' >m/train.log
	cat >m/info.json <<-E
	{"name": "m", "framework": "caffe", "iterations per epoch": 100,
	 "model file": "original.prototxt", "job id": "20160101-000000-abcd",
	 "snapshot file": "snapshot_iter_200.caffemodel", "zz": [1, {"b": 2}]}
	E
}

@test "model-import reads every format that model-pack writes" {
	for f in a.tar a.tar.gz a.tar.bz2 a.tar.xz a.zip; do
		model-pack m -o $f
		model-import $f -o out-$f
		cmp m/snapshot_iter_200.caffemodel \
		    out-$f/snapshot_iter_200.caffemodel
		grep -q '"zz"' out-$f/info.json
		cmp m/palette.txt out-$f/palette.txt
	done
	diff -r out-a.tar out-a.zip
}

@test "model-import takes an archive made of a folder, and one of GNU tar" {
	tar cjf m.tar.bz2 m
	model-import m.tar.bz2 -o one
	[ -f one/info.json ]
	tar czf m.tgz -C m .
	model-import m.tgz -o two
	diff -r one two
}

@test "model-import reads what Python's tarfile and zipfile write" {
	python3 - <<-E
	import tarfile, zipfile, os
	t = tarfile.open('p.tar.gz', 'w:gz')
	z = zipfile.ZipFile('p.zip', 'w', zipfile.ZIP_DEFLATED)
	for n in sorted(os.listdir('m')):
	    t.add('m/' + n, arcname=n)
	    z.write('m/' + n, arcname=n)
	t.close()
	z.close()
	E
	model-import p.tar.gz -o one
	model-import p.zip -o two
	diff -r one two
}

@test "model-import makes a model of single files" {
	weights w.caffemodel ip:2x1800,2
	model-import --weights w.caffemodel --net m/deploy.prototxt \
	    --labels m/labels.txt --mean 104,117,123.5 --resize half_crop \
	    --scale 0.5 -o v
	cmp w.caffemodel v/model.caffemodel
	cmp m/deploy.prototxt v/deploy.prototxt
	python3 - <<-E
	import json
	i = json.load(open('v/info.json'))
	assert i['image dimensions'] == [20, 30, 3], i
	assert i['mean pixel'] == [104, 117, 123.5], i
	assert i['image resize mode'] == 'half_crop'
	assert i['input scale'] == 0.5
	assert i['labels file'] == 'labels.txt'
	assert i['name'] == 'v' and i['framework'] == 'caffe'
	E
	model-import --weights w.caffemodel --net m/deploy.prototxt \
	    --size 8x9 --gray -o g
	grep -A3 dimensions g/info.json | tr -d ' \n' | grep -q '\[9,8,1'
}

@test "model-import says what is missing and makes the folder all the same" {
	rm m/original.prototxt m/snapshot_iter_200.caffemodel
	run model-import m -o out --bad bad.json
	[ "$status" -eq 1 ]
	[[ "$output" == *snapshot_iter_200.caffemodel*missing* ]]
	[[ "$output" == *original.prototxt*missing* ]]
	[ "$(wc -l <bad.json)" -eq 2 ]
	[ -f out/labels.txt ]
}

@test "model-import takes the real DIGITS folder, info.json as it was" {
	a=$shared/data/digits_archives/ladrians_googlenet_v610
	[ -d "$a" ] || skip "no shared data"
	run model-import "$a" -o out
	[ "$status" -eq 1 ]
	[[ "$output" == *snapshot_iter_1566.caffemodel*missing* ]]
	[ "$(grep -c missing <<<"$output")" -eq 1 ]
	cmp "$a/info.json" out/info.json
	cmp "$a/mean.binaryproto" out/mean.binaryproto
}

@test "a refused archive leaves nothing behind" {
	mkdir evil
	ln -s /etc/passwd evil/info.json
	tar cf evil.tar -C evil info.json
	before=$(ls -A | wc -l)
	run model-import evil.tar -o out
	[ "$status" -eq 8 ]
	[[ "$output" == *"symbolic link"* ]]
	[ "$(ls -A | wc -l)" -eq "$before" ]
	head -c 100 evil.tar >cut.tar
	run model-import cut.tar -o out
	[ "$status" -eq 3 ]
	[ ! -e out ]
	echo '{"snapshot file": "../../x", "framework": "caffe",
	  "name": "x", "model file": "y"}' >m/info.json
	tar cf names.tar -C m .
	run model-import names.tar -o out
	[ "$status" -eq 8 ]
	[ ! -e out ]
}

@test "model-import wants an archive or files, not both and not neither" {
	run model-import -o out
	[ "$status" -eq 2 ]
	run model-import x.tar --weights w -o out
	[ "$status" -eq 2 ]
	run model-import nowhere.tar -o out
	[ "$status" -eq 4 ]
	[ ! -e out ]
}

@test "model-import refuses weights that are not the net's" {
	import="model-import --net m/deploy.prototxt --weights w.caffemodel -o v"
	weights w.caffemodel other:2x1800,2
	run $import
	[ "$status" -eq 3 ]
	[[ "$output" == *"is another net's"* ]]
	weights w.caffemodel ip:2x1800,2=nan
	run $import
	[ "$status" -eq 3 ]
	[[ "$output" == *"is NaN"* ]]
	weights w.caffemodel ip:2x1800
	run $import
	[ "$status" -eq 3 ]
	[[ "$output" == *"bias is missing"* ]]
	echo '<html>' >w.caffemodel
	run $import
	[ "$status" -eq 3 ]
	[[ "$output" == "model-import: w.caffemodel: "*"is an HTML page"* ]]
	[[ "$output" != *.tmp-* ]]
	[ ! -e v ]
	sed 's/name: "ip"/name: "ip1"/' m/deploy.prototxt >d.prototxt
	sed -n '/^layer/,$p' m/deploy.prototxt |
	    sed 's/"data"/"ip"/;s/top: "ip"/top: "ip2"/' >>d.prototxt
	weights w.caffemodel ip:2x2,2
	import="model-import --net d.prototxt --weights w.caffemodel -o v"
	run $import
	[ "$status" -eq 3 ]
	[[ "$output" == *"no weights for 1 of 2 layers: ip1"* ]]
	run $import --allow-missing --labels m/labels.txt
	[ "$status" -eq 1 ]
	[[ "$output" == *'no weights for layer "ip1"'* ]]
	[ -f v/info.json ]
}

@test "model-import says labels that are more or fewer than outputs" {
	weights w.caffemodel ip:2x1800,2
	printf 'a\nb\nc\n' >l
	run model-import --net m/deploy.prototxt --weights w.caffemodel \
	    --labels l -o v
	[ "$status" -eq 0 ]
	[[ "$output" == *"labels.txt: has 3 lines, the net has 2 outputs"* ]]
}

@test "a net with layers of a plug-in is judged by its names" {
	echo 'layer { name: "x" type: "Mine" bottom: "ip" top: "x" }' \
	    >>m/deploy.prototxt
	weights w.caffemodel ip:2x1800,2
	model-import --net m/deploy.prototxt --weights w.caffemodel -o v
	weights w.caffemodel no:2x1800,2
	run model-import --net m/deploy.prototxt --weights w.caffemodel -o u
	[ "$status" -eq 3 ]
	[[ "$output" == *"is another net's"* ]]
}
