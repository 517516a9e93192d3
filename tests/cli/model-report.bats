#!/usr/bin/env bats
# model-plot -o report.html: a training as one page.

bats_require_minimum_version 1.5.0
load small.bash

setup_file() {
	small_make "$BATS_FILE_TMPDIR"
	cd "$BATS_FILE_TMPDIR" || exit
	model-train -q -d dset -n lenet -b 6 -e 3 --lr 1e-3 --device cpu -o lenet >/dev/null
	model-plot lenet -o report.html
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	cp -r "$BATS_FILE_TMPDIR/lenet" "$BATS_FILE_TMPDIR/dset" .
	cp "$BATS_FILE_TMPDIR/report.html" "$BATS_FILE_TMPDIR/results.csv" .
}

@test "the page is whole, asks for nothing, and can be read by ear" {
	python3 - report.html <<-'E'
	import re, sys
	from html.parser import HTMLParser
	text = open(sys.argv[1], encoding='utf-8').read()
	void = {'meta', 'link', 'img', 'br'}
	shut = {'rect', 'path', 'circle', 'image'}
	class Page(HTMLParser):
	    def __init__(self):
	        super().__init__()
	        self.open, self.sections, self.head = [], [], ''
	    def handle_starttag(self, tag, attrs):
	        a = dict(attrs)
	        assert tag not in ('script', 'iframe', 'object'), tag
	        for k in ('src', 'href'):
	            assert k not in a or a[k].startswith('data:'), a[k][:60]
	        for k in a:
	            assert not k.startswith('on') and k != 'id', k
	        if tag == 'img':
	            assert a['alt'] and int(a['width']) > 0
	        if tag == 'div' and a.get('role') == 'img':
	            assert a['aria-label']
	        if tag == 'svg' and 'svg' not in self.open:
	            assert self.open[-1] == 'div'
	        if tag not in void:
	            self.open.append(tag)
	    def handle_startendtag(self, tag, attrs):
	        assert tag in shut, tag
	    def handle_endtag(self, tag):
	        assert self.open.pop() == tag, tag
	    def handle_data(self, data):
	        if self.open and self.open[-1] == 'h2':
	            self.sections.append(data)
	p = Page()
	p.feed(text)
	assert p.open == [], p.open
	assert p.sections == ['Summary', 'Curves', 'Results', 'Data', 'Net',
	    'Parameters', 'Machine and commands'], p.sections
	assert not re.search(r'url\(|@import|https?://(?!www\.w3\.org/2000/svg)', text)
	# one tells values where one points
	assert re.search(r'<title>epoch [0-9.]+, val loss [0-9.]+', text)
	assert len(text) < 3 << 20
	E
}

@test "words stand out from what they stand on, light and dark" {
	python3 - report.html <<-'E'
	import re, sys
	style = re.search(r'<style>(.*?)</style>', open(sys.argv[1]).read(), re.S)[1]
	def light(c):
	    v = [int(c[i:i + 2], 16) / 255 for i in (1, 3, 5)]
	    v = [x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in v]
	    return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]
	def contrast(a, b):
	    a, b = sorted((light(a), light(b)))
	    return (b + 0.05) / (a + 0.05)
	sets = [dict(re.findall(r'--(\w+):(#\w{6})', s))
	    for s in re.findall(r':root\{([^}]*)\}', style)]
	assert len(sets) == 3, sets
	for s in sets:
	    for words in ('ink', 'faint'):
	        for ground in ('paper', 'card'):
	            assert contrast(s[words], s[ground]) >= 4.5, (words, ground, s)
	# what drawings have in the dark
	dark = style[style.index('screen and'):]
	for c in re.findall(r'(?:text\[fill=|svg \[fill="#222222"\][^{]*\{fill:)(#\w{6})', dark):
	    assert contrast(c, sets[1]['paper']) >= 4.5, c
	# words of drawings, on white, and by the rules for the dark on its paper; white
	# ones and those of pictures of nets stand in boxes, whose fills are in front
	page = open(sys.argv[1]).read()
	rules = dict(re.findall(r'svg \[fill="(#\w{6})"\](?:,[^{]*)?\{fill:(#\w{6})', dark))
	rules['#000000'] = rules['#222222']
	seen = 0
	for svg in re.findall(r'<div class="adapts"[^>]*>(.*?)</div>', page, re.S):
	    for c in set(re.findall(r'<text[^>]* fill="(#\w{6})"', svg)) - {'#ffffff'}:
	        assert contrast(c, '#ffffff') >= 4.5, c
	        assert contrast(rules[c], sets[1]['paper']) >= 4.5, c
	        seen += 1
	assert seen >= 6, seen
	for svg in re.findall(r'<figure><div role[^>]*>(.*?)</div>', page, re.S):
	    ground = '#ffffff'
	    for f, c in re.findall(r'<(?:rect|path)[^>]* fill="(#\w{6})"|<text[^>]* fill="(#\w{6})"', svg):
	        ground = f or ground
	        assert not c or contrast(c, ground) >= 4.5, (c, ground)
	lines = re.findall(r'\[stroke="#(?:0072b2|d55e00)"\]\{stroke:(#\w{6})', dark)
	assert len(lines) == 2
	for c in lines:
	    assert contrast(c, sets[1]['paper']) >= 3, c
	E
}

@test "results.csv has what model-plot --tsv has" {
	python3 - <<-'E'
	import csv, json, subprocess
	rows = list(csv.DictReader(open('results.csv')))
	points = [json.loads(l) for l in subprocess.check_output(
	    ['model-plot', '--json', '-s', '*', 'lenet'], text=True).splitlines()]
	assert len(points) > 10
	for p in points:
	    row = [r for r in rows if float(r['iteration']) == p['iteration']]
	    assert len(row) == 1
	    assert p['value'] is None or float(row[0][p['series']]) == p['value'], p
	assert sum(v != '' for r in rows for k, v in r.items()
	    if k not in ('iteration', 'epoch', 'time')) == \
	    sum(p['value'] is not None for p in points)
	E
}

@test "results are those of model-infer" {
	top=$(model-infer -q -m lenet -e best -d dset --summary --json |
		python3 -c 'import json, sys; d = [json.loads(l) for l in sys.stdin][-1]; print("%.2f" % (100 * d["summary"]["top1"]))')
	grep -q "were right, by the best snapshot" report.html
	grep -q "$top % were right" report.html || { echo "$top"; false; }
}

@test "the same twice, and only with -f over another" {
	cp report.html once.html
	run model-plot lenet -o report.html
	[ "$status" -eq 8 ]
	model-plot -f lenet -o report.html
	cmp once.html report.html
	mkdir other
	echo mine >other/results.csv
	run model-plot lenet -o other/r.html
	[ "$status" -eq 8 ]
	[ "$(cat other/results.csv)" = mine ]
	[ ! -e other/r.html ]
	mkdir new
	run model-plot lenet -o new/r.html
	[ "$status" -eq 0 ]
	run model-plot lenet -o none/r.html
	[ "$status" -eq 4 ]
}

@test "without its data set there is the rest, and why" {
	mv dset gone
	run --separate-stderr model-plot -f lenet -o report.html
	[ "$status" -eq 0 ]
	grep -q -e '--dataset says where it is now' <<<"$stderr"
	grep -q 'Not shown: dset' report.html
	! grep -q '<h2>Results' report.html || false
	model-plot -f lenet -o report.html -d gone
	grep -q '<h2>Results' report.html
	run model-plot -f lenet -o report.html -d nowhere
	[ "$status" -ne 0 ]
	[[ "$output" = *nowhere* ]]
}

@test "records of other classes are no truth for this model" {
	sed -i '1s/.*/another/' lenet/labels.txt
	model-plot -f lenet -o report.html 2>err
	grep -q 'no results: class 0 is ".*" in dset and "another" in the model' err || { cat err; false; }
	grep -q 'Not shown: class 0 is' report.html
}

@test "names of strangers are no markup" {
	python3 - <<-'E'
	import json
	d = json.load(open('lenet/info.json'))
	d['name'] = '<b>&"'
	d['note'] = '</section><script>alert(1)</script>'
	json.dump(d, open('lenet/info.json', 'w'))
	E
	model-plot -f lenet -o report.html
	grep -q '<title>&lt;b&gt;&amp;&quot;</title>' report.html
	! grep -q '<script' report.html || false
}

@test "what is asked for of pictures is not of a report" {
	run model-plot lenet -o r.html -s loss
	[ "$status" -eq 2 ]
	[[ "$output" = *"--series is for pictures"* ]]
	run model-plot lenet lenet/train.ndjson -o r.html
	[ "$status" -eq 2 ]
	[[ "$output" = *"of one model folder"* ]]
	run model-plot lenet -o r.svg -d dset
	[ "$status" -eq 2 ]
	[[ "$output" = *"--dataset is for a report"* ]]
	mkdir empty
	run model-plot empty -o r.html
	[ "$status" -ne 0 ]
	[ ! -e r.html ]
}

@test "of masks there are the figures of each class, as the best validation had them" {
	sh "$BATS_TEST_DIRNAME/../../examples/triangles/triangles.sh" tri 20 32 1
	printf 'ground\na<b\n' >classes.txt
	dset-create -q -t segmentation --gray --class-labels classes.txt --images tri/images \
	    --masks tri/masks --val 25 -o masks >/dev/null
	model-train -q -d masks -n binary-segmentation -e 1 --device cpu -o seg >/dev/null
	model-plot seg -o seg.html -f
	grep -q '<h2>Results</h2>' seg.html
	grep -q '<th scope="col">iou</th>' seg.html
	grep -q '<th scope="row" class="w">a&lt;b</th><td>[0-9.]* %</td>' seg.html ||
	    { sed -n '/<h2>Results/,/<.section>/p' seg.html; false; }
	# and the pictures of the validation, true and found, the worst first
	results seg.html >part
	grep -q '<h3>Pictures</h3>' part
	[ "$(grep -c '<img alt="record [^"]*, true and found" width="204" ' part)" -eq 5 ]
	grep -q '<span><i style="background:#1f5fbf"></i>a&lt;b</span>' part
	[ "$(grep -c '<figcaption>mean IoU [0-9.]* %<' part)" -eq 5 ]
	grep -o 'mean IoU [0-9.]*' part | cut -c10- >order
	sort -n order | cmp - order
}

# results PAGE: that section of it.
results() {
	sed -n '/<h2>Results/,/<.section>/p' "$1"
}

@test "boxes that were found stand beside the true ones" {
	python3 "$BATS_TEST_DIRNAME/../../examples/bccd/shapes.py" drawn 20 96 1
	dset-create -q -t detection --images drawn/images --labels drawn/labels \
	    --classes square,disc,triangle --min-box 0 --val 80 -o boxes >/dev/null
	model-train -q -d boxes -n "$BATS_TEST_DIRNAME/../../examples/bccd/small.prototxt" \
	    -b 2 -e 1 --mean none --lr 1e-5 --device cpu -o det >/dev/null
	model-plot det -o det.html -f
	results det.html >part
	grep -q '<h3>Worst pictures</h3>' part
	grep -q 'Left the true boxes, right those that were found; of the 16 pictures' part
	# 96 pixels are drawn three times as large
	[ "$(grep -c '<img alt="record [^"]*, true and found" width="588" height="296"' part)" -eq 12 ]
	[ "$(grep -c '<figcaption>[0-9]* of [0-9]* found, [0-9]* wrong<' part)" -eq 12 ]
}

@test "pictures that a net made stand beside what should come out" {
	sh "$BATS_TEST_DIRNAME/../../examples/triangles/triangles.sh" tri 8 28 1
	dset-create -q -t image --gray --images tri/images --val 50 -o made >/dev/null
	model-train -q -d made -n autoencoder -b 2 -e 1 --device cpu -o auto >/dev/null
	model-plot auto -o auto.html -f
	results auto.html >part
	grep -q 'From left to right what was shown to the net' part
	[ "$(grep -c '<img alt="record [^"]*, true and found" width="268" height="92"' part)" -eq 4 ]
	[ "$(grep -c '<figcaption>RMSE [0-9.]* of 255<' part)" -eq 4 ]
	# without a val part there is nothing to be asked
	dset-create -q -f -t image --gray --images tri/images --val 0 -o made >/dev/null
	model-plot auto -o auto.html -f 2>err
	results auto.html | grep -q 'Not shown: .*made has neither a test nor a val part'
}

@test "a hundred classes are no more than 3 MB" {
	python3 - <<-'E'
	import os, random
	for c in range(100):
	    d = 'src/class %02d of a hundred' % c
	    os.makedirs(d)
	    for i in range(4):
	        open(d + '/%d.pgm' % i, 'wb').write(
	            b'P5 28 28 255\n' + random.Random(4 * c + i).randbytes(784))
	E
	dset-create -q --gray --size 28x28 --val 50 -o many src >/dev/null
	model-train -q -d many -n lenet -e 1 --device cpu -o hundred >/dev/null
	model-plot hundred -o hundred.html -f
	[ "$(grep -c '<th scope="row" class="w">class [0-9]* of a hundred</th>' hundred.html)" -eq 100 ]
	[ "$(wc -c <hundred.html)" -lt $((3 << 20)) ]
}
