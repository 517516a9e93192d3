#!/usr/bin/env bats
# SSD from end to end: pictures with boxes, MultiBoxLoss, DetectionEvaluate, and
# records of SSD's own.

setup_file() {
	export D=$BATS_FILE_TMPDIR NET=$PWD/tests/golden/detection/ssd48_train.prototxt
	command -v python3 >/dev/null || skip "no python3"
	cat >"$D/make.py" <<-'E'
	import os, random, struct, sys
	# Pictures of red and green squares on noise: PPM and KITTI's labels below
	# argv[1], or (argv[3]) records of SSD for put.c on standard output.
	random.seed(5)
	folder, n, records = sys.argv[1], int(sys.argv[2]), len(sys.argv) > 3
	def varint(n):
	    out = b''
	    while n > 127:
	        out += bytes([n & 127 | 128]); n >>= 7
	    return out + bytes([n])
	def number(field, n): return varint(field << 3) + varint(n)
	def text(field, b): return varint(field << 3 | 2) + varint(len(b)) + b
	def side(field, v): return varint(field << 3 | 5) + struct.pack('<f', v)
	if not records:
	    os.makedirs(folder + '/im'); os.makedirs(folder + '/lab')
	for i in range(n):
	    W, H = random.choice([(48, 48), (56, 40)])
	    px = [[tuple(random.randrange(60, 100) for _ in range(3))
	        for _ in range(W)] for _ in range(H)]
	    lines, groups = [], b''
	    for k in range(random.choice([1, 1, 2])):
	        w, h = random.randrange(12, 24), random.randrange(12, 24)
	        x, y = random.randrange(W - w), random.randrange(H - h)
	        c = random.randrange(2)
	        for yy in range(y, y + h):
	            for xx in range(x, x + w):
	                px[yy][xx] = ((230, 40, 40), (40, 220, 60))[c]
	        lines.append('%s 0 0 0 %d %d %d %d 0 0 0 0 0 0 0\n' %
	            (('Red', 'Green')[c], x, y, x + w, y + h))
	        box = (side(1, x / W) + side(2, y / H) + side(3, (x + w) / W) +
	            side(4, (y + h) / H) + number(6, 0))
	        groups += text(3, number(1, c + 1) +
	            text(2, number(1, k) + text(2, box)))
	    if records:
	        planes = b''.join(bytes(p[c] for r in px for p in r) for c in (2, 1, 0))
	        value = text(1, number(1, 3) + number(2, H) + number(3, W) +
	            text(4, planes)) + number(2, 0) + groups
	        key = b'%08d' % i
	        sys.stdout.buffer.write(
	            struct.pack('<II', len(key), len(value)) + key + value)
	        continue
	    with open('%s/im/%04d.ppm' % (folder, i), 'wb') as f:
	        f.write(b'P6\n%d %d\n255\n' % (W, H) +
	            bytes(v for r in px for p in r for v in p))
	    with open('%s/lab/%04d.txt' % (folder, i), 'w') as f:
	        f.writelines(lines)
	E
	python3 "$D/make.py" "$D/t" 160
	python3 "$D/make.py" "$D/v" 30
	dset-create -q -t detection --size 48x48 --classes red,green --min-box 1 \
	    --images "$D/t/im" --labels "$D/t/lab" --val-images "$D/v/im" \
	    --val-labels "$D/v/lab" -o "$D/set" >/dev/null
}

# figure NAME: its last value in train.ndjson of folder m.
figure() {
	grep '"event": "val"' m/train.ndjson | tail -n 1 |
	    sed "s,.*\"$1\": \([0-9.e+-]*\).*,\1,"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

@test "options that move pictures of AnnotatedData are refused, others done" {
	for o in --flip '--mosaic 1' '--zoom 0.5,1' '--erase 0.5'; do
		run model-train -q -d "$D/set" -n "$NET" --mean none -e 1 --device cpu $o -o m
		[ "$status" -ne 0 ]
		[[ "$output" == *"changed by its own parameters"* ]]
		[ ! -e m ]
	done
	run model-train -d "$D/set" -n "$NET" --mean none -e 1 --device cpu --std 2,3,4 -o m
	[ "$status" -eq 0 ]
	[[ "$output" != *"no effect"* ]]
	grep -q "std: 3$" m/train_val.prototxt
}

@test "a small SSD learns boxes" {
	model-train -q -d "$D/set" -n "$NET" --mean none -e 12 --solver adam \
	    --lr 0.003 --device cpu -o m
	mean=$(figure mean-ap)
	echo "mean-ap $mean, red $(figure ap/red), green $(figure ap/green)"
	awk -v a="$mean" 'BEGIN { exit !(a > 0.7 && a <= 1) }'
	awk -v a="$(figure ap/green)" 'BEGIN { exit !(a > 0.5 && a <= 1) }'
	# the best is chosen by it, and the net for use has the size that it reads
	model-show m | grep mean-ap
	grep -A8 input_shape m/deploy.prototxt | grep 'dim: 48'
	! grep -q '"label"\|MultiBoxLoss\|DetectionEvaluate' m/deploy.prototxt || false
	model-infer -q -m m "$D/v/im/0001.ppm" >out
	[ -s out ]
}

@test "the same command gives the same bytes, on any number of threads" {
	model-train -q -d "$D/set" -n "$NET" --mean none -e 1 --device cpu -o a
	model-train -q -d "$D/set" -n "$NET" --mean none -e 1 --device cpu -o b
	cmp a/snapshot_iter_*.caffemodel b/snapshot_iter_*.caffemodel
	cmp <(grep -o '"outputs": {[^}]*}' a/train.ndjson) \
	    <(grep -o '"outputs": {[^}]*}' b/train.ndjson)
}

@test "records of SSD are read as they are" {
	command -v "${CC:-cc}" >/dev/null || skip "no compiler"
	cat >put.c <<-'E'
	#include <lmdb.h>
	#include <stdint.h>
	#include <stdio.h>
	int main(int argc, char **argv)
	{
		static char k[1 << 10], v[1 << 16];
		uint32_t n[2];
		MDB_env *e;
		MDB_txn *t;
		MDB_dbi d;
		if (argc < 2 || mdb_env_create(&e) ||
		    mdb_env_set_mapsize(e, 64 << 20) ||
		    mdb_env_open(e, argv[1], 0, 0666) ||
		    mdb_txn_begin(e, 0, 0, &t) || mdb_dbi_open(t, 0, 0, &d))
			return 1;
		while (fread(n, 4, 2, stdin) == 2 && n[0] < sizeof k &&
		    n[1] < sizeof v && fread(k, 1, n[0], stdin) == n[0] &&
		    fread(v, 1, n[1], stdin) == n[1]) {
			MDB_val a = { n[0], k }, b = { n[1], v };
			if (mdb_put(t, d, &a, &b, 0))
				return 1;
		}
		return mdb_txn_commit(t);
	}
	E
	"${CC:-cc}" -o put put.c -llmdb || skip "no lmdb to build with"
	mkdir train_lmdb val_lmdb
	python3 "$D/make.py" x 160 records | ./put train_lmdb
	python3 "$D/make.py" x 30 records | ./put val_lmdb
	awk -v n=0 '/batch_size: 16/ { sub(/data_param \{/,
	    "data_param { source: \"" (n++ ? "val" : "train") "_lmdb\"") } 1' \
	    "$NET" >net.prototxt
	cat >solver.prototxt <<-'E'
	net: "net.prototxt"
	base_lr: 0.003
	lr_policy: "fixed"
	type: "Adam"
	max_iter: 100
	test_iter: 2
	test_interval: 100
	display: 50
	snapshot: 100
	snapshot_prefix: "snap"
	random_seed: 1
	E
	run model-train -q --solver-file solver.prototxt --device cpu -o m
	echo "$output"
	[ "$status" -eq 0 ]
	awk -v a="$(figure mean-ap)" 'BEGIN { exit !(a > 0.5 && a <= 1) }'
	# what other layers make of such records
	sed 's/"AnnotatedData"/"Data"/' net.prototxt >data.prototxt
	sed 's/net.prototxt/data.prototxt/' solver.prototxt >data-solver.prototxt
	run model-train -q --solver-file data-solver.prototxt --device cpu -o n
	[ "$status" -eq 3 ]
	[[ "$output" == *"AnnotatedDatum of SSD"* ]]
}

@test "what cannot be read is named" {
	mkdir few
	cp "$D"/t/im/000*.ppm few/
	mkdir -p cls/a cls/b
	cp few/0000.ppm few/0001.ppm cls/a
	cp few/0002.ppm few/0003.ppm cls/b
	dset-create -q --size 48x48 -o plain cls >/dev/null
	run model-train -q -d plain -n "$NET" --mean none -e 1 --device cpu -o m
	echo "$output"
	[ "$status" -eq 3 ]
	[[ "$output" == *"its fourth bottom must be true boxes (1, 1, N, 8)"* ]]
	[ ! -e m ]
	sed 's/num_classes: 3/num_classes: 2/; s/num_output: 12/num_output: 12/' "$NET" >two.prototxt
	run model-train -q -d "$D/set" -n two.prototxt --mean none -e 1 --device cpu -o m
	[ "$status" -eq 3 ]
	[[ "$output" == *"do not match the scores of its second bottom"* ]]
	run model-train -q -d "$D/set" -n "$NET" --mean none --flip --rotate 5 -e 1 \
	    --device cpu -o m
	echo "$output"
	[ "$status" -ne 0 ]
	sed 's/resize_mode: WARP/resize_mode: FIT_SMALL_SIZE/' "$NET" >fit.prototxt
	run model-train -q -d "$D/set" -n fit.prototxt --mean none -e 1 --device cpu -o m
	echo "$output"
	[ "$status" -eq 3 ]
	[[ "$output" == *"layer \"data\""*"resize_mode: only WARP is there"* ]]
}
