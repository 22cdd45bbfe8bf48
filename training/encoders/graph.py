"""A builder of ONNX graphs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Shape = Sequence[int | str]

MICROSOFT = "com.microsoft"  # ONNX Runtime's own operators

_OPSETS = {"": 17, MICROSOFT: 1}
_IR_VERSION = 8  # the version of opset 17
_ELEMENTS = {"float32": TensorProto.FLOAT, "int64": TensorProto.INT64}


class Graph:
    """An ONNX graph under construction; every method returns the name of the added value."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._declared: list[onnx.ValueInfoProto] = []

    def constant(self, values: NDArray[Any], name: str = "") -> str:
        """Add an array; floats are stored as float32, and the default name is unique."""
        name = name or f"constant_{len(self._constants)}"
        stored = values.astype(np.float32) if values.dtype.kind == "f" else values
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(stored), name))
        return name

    def integers(self, *values: int) -> str:
        """Add a list of integers: axes, bounds or a shape."""
        return self.constant(np.array(values, dtype=np.int64))

    def node(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add an operator with one output.

        Args:
            operator: ONNX name of the operator.
            inputs: Names of values.
            output: Name of the output, by default a unique one.
            attributes: ONNX attributes; ``domain`` selects another operator set.
        """
        output = output or f"{operator.lower()}_{len(self._nodes)}"
        node = helper.make_node(operator, inputs, [output], name=output, **attributes)
        self._nodes.append(node)
        if node.domain:  # type inference does not know this operator's output
            self._declared.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, None))
        return output

    def affine(
        self, value: str, scale: NDArray[Any], shift: NDArray[Any], *, output: str = ""
    ) -> str:
        """Add ``value * scale + shift`` with broadcasting."""
        scaled = self.node("Mul", value, self.constant(scale))
        return self.node("Add", scaled, self.constant(shift), output=output)

    def model(
        self, inputs: Mapping[str, tuple[str, Shape]], outputs: Mapping[str, Shape]
    ) -> onnx.ModelProto:
        """Return the checked model.

        Args:
            inputs: Element type (``float32``, ``int64``) and shape by name; words are free sizes.
            outputs: Shape by name, all float32.
        """
        input_values = [_value(name, kind, shape) for name, (kind, shape) in inputs.items()]
        output_values = [_value(name, "float32", shape) for name, shape in outputs.items()]
        graph = helper.make_graph(
            self._nodes,
            self._name,
            input_values,
            output_values,
            self._constants,
            value_info=self._declared,
        )
        used = sorted({node.domain for node in self._nodes})
        opsets = [helper.make_opsetid(domain, _OPSETS[domain]) for domain in used]
        model = helper.make_model(
            graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="attune"
        )
        onnx.checker.check_model(model)
        return model


def save(model: onnx.ModelProto, path: Path) -> None:
    """Write a model to ``path``."""
    path.write_bytes(model.SerializeToString(deterministic=True))


def _value(name: str, kind: str, shape: Shape) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, _ELEMENTS[kind], shape)
