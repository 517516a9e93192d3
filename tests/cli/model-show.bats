#!/usr/bin/env bats
# model-show: what is in a folder, as text, TSV and JSON.

load judges

setup() {
	shared=$BATS_TEST_DIRNAME/../../../shared
	lenet=$shared/data/models/lenet_bvlc2014
	[ -d "$lenet" ] || skip "no shared data"
	cd "$BATS_TEST_TMPDIR" || exit
	model-import --weights "$lenet"/*10000.caffemodel \
	    --net "$lenet/lenet.prototxt" -o m
	cp "$lenet"/*_5000.caffemodel m/ 2>/dev/null ||
	    cp "$lenet"/*5000.caffemodel m/
	cat >m/train.ndjson <<-E
	{"event":"val","iter":5000,"epoch":1,"outputs":{"loss":0.1,"accuracy":0.99}}
	{"event":"val","iter":10000,"epoch":2,"outputs":{"loss":0.05,"accuracy":0.98}}
	{"event":"tra
	E
}

@test "text: info, snapshots, layers" {
	run model-show m
	[ "$status" -eq 0 ]
	[[ "$output" == *"image dimensions  [28, 28, 1]"* ]]
	[[ "$output" == *best*5000*"accuracy 0.99"* ]]
	[[ "$output" == *conv1*Convolution*"20 1 5 5 (500)"* ]]
}

@test "json: statistics are those that numpy finds" {
	need_judges
	model-show --json m >out.json
	judge "$BATS_TEST_DIRNAME/judges.py" weights m/lenet_iter_10000.caffemodel >want
	python3 - <<-E
	import json
	o = json.load(open('out.json'))
	assert o['info']['framework'] == 'caffe'
	assert [s['best'] for s in o['snapshots']] == [True, False]
	l = {(x['layer'], x['blob']): x for x in o['layers']}
	assert l['ip2', 0]['count'] == 5000
	assert l['conv2', 0]['shape'] == '50 20 5 5 (25000)'
	want = json.load(open('want'))
	assert len(want) == len(o['layers'])
	for x in o['layers']:
	    have = [x[k] for k in ('count', 'min', 'max', 'mean', 'std')]
	    for a, b in zip(have, want['%s/%d' % (x['layer'], x['blob'])]):
	        assert abs(a - b) <= 1e-6 * max(abs(b), 1), x
	E
}

@test "--best names the snapshot with the highest accuracy" {
	[ "$(model-show --best --tsv m | cut -f1)" = 5000 ]
	# nothing tells how many iterations an epoch has
	[ -z "$(model-show --best --tsv m | cut -f2)" ]
	rm m/train.ndjson
	run model-show --best m
	[ "$status" -eq 4 ]
}

@test "an archive is shown as its folder is" {
	model-pack m -o m.tar.gz
	model-show m.tar.gz --json | grep -q '"20 1 5 5 (500)"'
}

@test "weights that are none: exit 3, the place is named" {
	head -c 5000 m/lenet_iter_10000.caffemodel >x
	mv x m/lenet_iter_10000.caffemodel
	run model-show m
	[ "$status" -eq 3 ]
	[[ "$output" == *lenet_iter_10000.caffemodel* ]]
	run model-show nothing
	[ "$status" -eq 4 ]
}

@test "weights that are not the net's are shown, and said" {
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" \
	    m/lenet_iter_10000.caffemodel m conv1:20x1x5x5,20=nan
	run model-show m
	[ "$status" -eq 3 ]
	[[ "$output" == *conv1*"20 1 5 5 (500)"*nan* ]]
	[[ "$output" == *"lenet_iter_10000.caffemodel: layer "*"is NaN"* ]]
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" \
	    m/lenet_iter_10000.caffemodel m conv1:20x1x5x5,20
	run model-show m
	[ "$status" -eq 3 ]
	[[ "$output" == *"no weights for 3 of 4 layers: conv2, ip1, ip2"* ]]
}
