#!/usr/bin/env bats
# Means as people have them: arrays of any order and shape, of another size.

load small

setup_file() {
	export D=$BATS_FILE_TMPDIR
	small_make "$D"
	dset-create -q --size 28x28 -o "$D/colour" "$D/few"
	model-train -q -d "$D/colour" -n lenet -b 9 -e 1 --device cpu -o "$D/c"
	# arrays NAME: a mean of 3x28x28, and what says the same
	python3 - "$D" <<-'E'
	import struct, sys
	def npy(name, shape, at, fortran=False, code='<f4', pack='<f'):
	    head = "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }" % (
	        code, fortran, ''.join('%d, ' % n for n in shape))
	    head += ' ' * ((64 - (len(head) + 11) % 64) % 64) + '\n'
	    n = 1
	    for k in shape: n *= k
	    body = b''
	    for i in range(n):
	        index, rest = [0] * len(shape), i
	        for k in (range(len(shape)) if fortran else reversed(range(len(shape)))):
	            index[k] = rest % shape[k]; rest //= shape[k]
	        body += struct.pack(pack, at(*index))
	    with open(sys.argv[1] + '/' + name + '.npy', 'wb') as f:
	        f.write(b'\x93NUMPY\1\0' + struct.pack('<H', len(head)) + head.encode() + body)
	v = lambda c, y, x: (37 * c + 5 * y + 3 * x) % 200
	npy('chw', (3, 28, 28), v)
	npy('nchw', (1, 3, 28, 28), lambda n, c, y, x: v(c, y, x))
	npy('hwc', (28, 28, 3), lambda y, x, c: v(c, y, x))
	npy('nhwc', (1, 28, 28, 3), lambda n, y, x, c: v(c, y, x))
	npy('fortran', (3, 28, 28), v, True)
	npy('hwcfortran', (28, 28, 3), lambda y, x, c: v(c, y, x), True, '>f8', '>d')
	npy('p3', (3,), lambda c: 100 + c)
	npy('p13', (1, 3), lambda n, c: 100 + c)
	npy('p311', (3, 1, 1), lambda c, y, x: 100 + c)
	npy('p113', (1, 1, 3), lambda y, x, c: 100 + c)
	npy('flat', (3, 9, 9), lambda c, y, x: 100 + c)
	npy('gray', (28, 28), lambda y, x: v(0, y, x))
	npy('gray1', (28, 28, 1), lambda y, x, c: v(0, y, x))
	npy('five', (5, 28, 28), v)
	E
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	pictures=("$D"/few/*/*.png)
}

# answers MODEL MEAN: of the model with that mean, in NAME of the mean.
answers() {
	model-import -q --weights "$D/$1"/snapshot_iter_3.caffemodel \
	    --net "$D/$1/deploy.prototxt" --mean "$2" -o "m-${2//\//}"
	model-infer -m "m-${2//\//}" --tsv "${pictures[@]}"
}

@test "a mean of C x H x W, H x W x C, in Fortran order, of other numbers" {
	answers c "$D/chw.npy" >want
	answers c 0,0,0 >other
	! cmp -s want other || false
	for form in nchw hwc nhwc fortran hwcfortran; do
		answers c "$D/$form.npy" >got
		cmp want got
	done
	answers m "$D/gray.npy" >want
	answers m "$D/gray1.npy" >got
	cmp want got
}

@test "a value for each channel, in any shape" {
	answers c 100,101,102 >want
	for form in p3 p13 p311 p113; do
		answers c "$D/$form.npy" >got
		cmp want got
	done
}

@test "a mean of another size gives its means, which is said; one of other channels is refused" {
	answers c 100,101,102 >want
	model-import -q --weights "$D/c/snapshot_iter_3.caffemodel" \
	    --net "$D/c/deploy.prototxt" --mean "$D/flat.npy" -o flat
	run model-infer -m flat --tsv "${pictures[@]}"
	[ "$status" -eq 0 ]
	[[ "$output" == *"flat/mean.npy: 9x9, but pictures are 28x28: its mean of each channel is subtracted"* ]]
	[ "$(grep -v ^model-infer <<<"$output")" = "$(cat want)" ]
	model-import -q --weights "$D/c/snapshot_iter_3.caffemodel" \
	    --net "$D/c/deploy.prototxt" --mean "$D/five.npy" -o five
	run model-infer -m five --tsv "${pictures[0]}"
	[ "$status" -eq 3 ]
	[[ "$output" == *"five/mean.npy: mean of shape 1 5 28 28 "* ]]
}

@test "such means in training" {
	sed "s|mean_file: .*|mean_file: \"$PWD/mean.npy\"|" "$D/c/train_val.prototxt" >net
	grep -q mean.npy net
	sed "s|^net: .*|net: \"net\"|" "$D/c/solver.prototxt" >solver
	for form in p3 p113 hwc fortran; do
		cp "$D/$form.npy" mean.npy
		model-train -q --solver-file solver --device cpu -o $form
	done
	cmp p3/snapshot_iter_3.caffemodel p113/snapshot_iter_3.caffemodel
	cmp hwc/snapshot_iter_3.caffemodel fortran/snapshot_iter_3.caffemodel
	! cmp -s p3/snapshot_iter_3.caffemodel hwc/snapshot_iter_3.caffemodel || false
	cp "$D/flat.npy" mean.npy
	run model-train -q --solver-file solver --device cpu -o g
	[ "$status" -eq 3 ]
	[[ "$output" == *"mean.npy: mean of shape 1 3 9 9 "*"for records of 3x28x28"* ]]
}
