/* What forks of Caffe are fed with: DenseImageData (SegNet), ImageSegData
 * (DeepLab), ImageLabelmapData (HED), pictures with label maps from a list;
 * AnnotatedData (SSD), pictures with boxes from a database; VideoData, films.  But for
 * AnnotatedData (input/ssd) their sources are not read here: a data set takes their
 * place, or net-show is told the size of the pictures. */
#include "nn/layers/types.h"

const struct layer_type layer_annotated_data = { "AnnotatedData", 0, 0, 1, 2,
	.emit = layer_feed, .feed = true };
const struct layer_type layer_dense_image_data = { "DenseImageData", 0, 0, 2, 2,
	.emit = layer_feed, .feed = true };
const struct layer_type layer_image_seg_data = { "ImageSegData", 0, 0, 1, 3,
	.emit = layer_feed, .feed = true };
const struct layer_type layer_image_labelmap_data = { "ImageLabelmapData", 0, 0,
	2, 2, .emit = layer_feed, .feed = true };
const struct layer_type layer_video_data = { "VideoData", 0, 0, 1, 2,
	.emit = layer_feed, .feed = true };
