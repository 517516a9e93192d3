# Small things for tests that need one of everything: source this and call
# small_make DIR in setup_file.
#
#	DIR/few/CLASS/*.png  pictures    DIR/dset  a data set of them
#	DIR/m  a LeNet of one epoch      DIR/store/m  a store with it
#	DIR/raw  MNIST's four idx files, of seven pictures

small_idx() {
	local i=0 n
	n=$(printf '\\%03o' "$2")
	printf '\0\0\010\003\0\0\0'"$n"'\0\0\0\002\0\0\0\003' >"$1-images-idx3-ubyte"
	printf '\0\0\010\001\0\0\0'"$n" >"$1-labels-idx1-ubyte"
	while [ "$i" -lt "$2" ]; do
		printf "\\$(printf %03o "$i")\\144abcd" >>"$1-images-idx3-ubyte"
		printf "\\$(printf %03o $((i % 3)))" >>"$1-labels-idx1-ubyte"
		i=$((i + 1))
	done
}

# small_two DIR: a folder that lacks only the weights (caffemodel.py makes some:
# ip1:3x16,3 ip2:2x3,2), and x.pgm, a picture for it.
small_two() {
	mkdir "$1"
	cat >"$1/deploy.prototxt" <<-E
	name: "two"
	layer { name: "data" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 1 dim: 4 dim: 4 } } }
	layer { name: "ip1" type: "InnerProduct" bottom: "data" top: "ip1"
	  inner_product_param { num_output: 3 } }
	layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2"
	  inner_product_param { num_output: 2 } }
	layer { name: "prob" type: "Softmax" bottom: "ip2" top: "prob" }
	E
	printf 'cat\ndog\n' >"$1/labels.txt"
	printf 'P5 4 4 255\n0123456789abcdef' >x.pgm
}

small_make() {
	local c src
	mkdir "$1/in" "$1/few" "$1/raw" "$1/store"
	tar -xf examples/mnist/mnist.tar.gz -C "$1/in"
	src=$(find "$1/in" -type d -name train | head -n 1)
	for c in 0 1 2; do
		mkdir "$1/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 12 |
		    xargs -I{} cp {} "$1/few/$c/"
	done
	rm -r "$1/in"
	(cd "$1/raw" && small_idx train 7 && small_idx t10k 7)
	(cd "$1" && dset-create -q --gray --size 28x28 --encoding none -o dset few &&
	    model-train -q -d dset -n lenet -b 9 -e 1 --device cpu -o m &&
	    cp -r m store/ && store-index -q store) >/dev/null
}
