"""A model: found on this machine, exported once to ONNX, and run by onnxruntime."""
