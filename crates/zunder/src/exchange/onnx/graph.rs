//! Builds a graph of ONNX node by node.

use crate::exchange::onnx::messages::{
    Attribute, Dimension, Graph, Node, Shape, Size, Tensor, TensorType, Type, Value,
};

/// The types of elements, by their numbers in ONNX.
#[derive(Clone, Copy)]
pub(super) enum Element {
    F32 = 1,
    U8 = 2,
    I64 = 7,
}

/// A graph under construction. Each value has a name: that of an input, a constant or a node.
pub(super) struct GraphBuilder(Graph);

impl GraphBuilder {
    pub(super) fn new(name: &str) -> Self {
        Self(Graph { name: name.to_owned(), ..Graph::default() })
    }

    /// Adds a constant of floats, unless there is one of this name.
    pub(super) fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        if self.0.initializer.iter().any(|tensor| tensor.name == name) {
            return;
        }
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, shape, Element::F32, bytes);
    }

    /// Adds the entries of `x` along an axis at some places, which are a constant of this name;
    /// returns the name of the result.
    pub(super) fn gathered(
        &mut self,
        x: &str,
        axis: i64,
        name: &str,
        places: impl IntoIterator<Item = usize>,
    ) -> String {
        if self.0.initializer.iter().all(|tensor| tensor.name != name) {
            let bytes: Vec<u8> =
                places.into_iter().flat_map(|place| (place as i64).to_le_bytes()).collect();
            self.constant(name, &[bytes.len() / size_of::<i64>()], Element::I64, bytes);
        }
        self.node("Gather", &[x, name], vec![integer("axis", axis)])
    }

    fn constant(&mut self, name: &str, shape: &[usize], element: Element, raw_data: Vec<u8>) {
        let dims = shape.iter().map(|&size| size as i64).collect();
        let (name, data_type) = (name.to_owned(), element as i32);
        self.0.initializer.push(Tensor { dims, data_type, name, raw_data });
    }

    /// Adds a node; returns the name of its only output.
    pub(super) fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attribute: Vec<Attribute>,
    ) -> String {
        let name = format!("{}_{}", operator.to_lowercase(), self.0.node.len() + 1);
        self.0.node.push(Node {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![name.clone()],
            name: name.clone(),
            op_type: operator.to_owned(),
            attribute,
        });
        name
    }

    /// Declares an input of a batch of any size; `shape` is that of one element of the batch.
    pub(super) fn input(&mut self, name: &str, element: Element, shape: &[usize], doc: &str) {
        self.0.input.push(value(name, element, shape, doc));
    }

    /// Declares the value `from` as the output `name`.
    pub(super) fn output(&mut self, name: &str, from: &str, shape: &[usize], doc: &str) {
        self.node("Identity", &[from], Vec::new());
        if let Some(node) = self.0.node.last_mut() {
            node.output = vec![name.to_owned()];
        }
        self.0.output.push(value(name, Element::F32, shape, doc));
    }

    pub(super) fn build(self) -> Graph {
        self.0
    }
}

fn value(name: &str, element: Element, shape: &[usize], doc: &str) -> Value {
    let any = Size::Any("N".to_owned());
    let sizes = shape.iter().map(|&size| Size::Value(size as i64));
    let dim = std::iter::once(any).chain(sizes).map(|size| Dimension { size: Some(size) });
    let shape = Some(Shape { dim: dim.collect() });
    let tensor_type = Some(TensorType { elem_type: element as i32, shape });
    let r#type = Some(Type { tensor_type });
    Value { name: name.to_owned(), r#type, doc_string: doc.to_owned() }
}

/// Returns an attribute with an integer.
pub(super) fn integer(name: &str, value: i64) -> Attribute {
    Attribute { name: name.to_owned(), f: None, i: Some(value), kind: 2 }
}

/// Returns an attribute with a float.
pub(super) fn float(name: &str, value: f32) -> Attribute {
    Attribute { name: name.to_owned(), f: Some(value), i: None, kind: 1 }
}
