"""Classifies image files by model.onnx, as `zunder predict` does.

    python predict.py cat.jpg dog.png    # needs onnxruntime, numpy and pillow
"""

import json
import sys
from pathlib import Path

import onnxruntime

from preprocessing import Preprocessing

FOLDER = Path(__file__).parent


def main():
    session = onnxruntime.InferenceSession(FOLDER / "model.onnx", providers=["CPUExecutionProvider"])
    classes = json.loads(session.get_modelmeta().custom_metadata_map["classes"])
    # `scores` alone, if the loss of the training gives no probabilities.
    output = session.get_outputs()[-1].name
    preprocessing = Preprocessing(FOLDER)
    for path in sys.argv[1:]:
        (rows,) = session.run([output], {"images": preprocessing.read([path])})
        best = rows[0].argsort()[::-1][:3]
        shown = [f"{value:.2%}" if output == "probabilities" else f"{value:.3f}" for value in rows[0].tolist()]
        print(path, *(f"{classes[i]} {shown[i]}" for i in best), sep="  ")


if __name__ == "__main__":
    main()
