//! Means of groups of columns, such as average pooling of flattened images.

use std::sync::Arc;

use burn::tensor::{IndexingUpdateOp, Int, Tensor, TensorData};

use crate::ModelError;

/// Replaces the columns of a matrix by means over groups of them: column j of the result is the
/// mean of the columns in group j. All groups have the same size, and a column may be in several.
///
/// ```text
/// y[n, j] = 1 / size * sum over i in group j of x[n, i]
/// ```
///
/// On flattened images this is average pooling (groups of neighbouring pixels) or a shifted or
/// mirrored view (groups of one pixel). The map is linear, so it can be
/// [folded into](Self::fold_into) the layer behind it.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use zunder_models::ColumnMeans;
///
/// let device = Device::flex();
/// let pairs = ColumnMeans::new(4, 2, vec![0, 1, 2, 3])?;
/// let y = pairs.forward(Tensor::from_floats([[1.0, 3.0, 5.0, 7.0]], &device));
/// assert_eq!(y.try_into_vec_as::<f32>().unwrap(), [2.0, 6.0]);
/// # Ok::<(), zunder_models::ModelError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnMeans {
    inputs: usize,
    size: usize,
    columns: Arc<[u32]>,
}

impl ColumnMeans {
    /// Creates the map of matrices with `inputs` columns. `columns` lists the groups one after the
    /// other, each with `size` columns, counted from 0.
    ///
    /// # Errors
    /// Returns [`ModelError::ZeroSize`] if the size of a group is 0, [`ModelError::OutOfRange`] for
    /// a column that does not exist, and [`ModelError::PartOfGroup`] if the last group is not
    /// complete.
    pub fn new(inputs: usize, size: usize, columns: Vec<u32>) -> Result<Self, ModelError> {
        if size == 0 {
            return Err(ModelError::ZeroSize { what: "the number of columns of a group".into() });
        }
        if let Some(&column) = columns.iter().find(|&&column| column as usize >= inputs) {
            let got = (column as usize).saturating_add(1);
            return Err(ModelError::OutOfRange { name: "the last column", got, most: inputs });
        }
        if !columns.len().is_multiple_of(size) {
            return Err(ModelError::PartOfGroup { got: columns.len(), size });
        }
        Ok(Self { inputs, size, columns: columns.into() })
    }

    /// Returns the number of columns of a matrix that can be mapped.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Returns the number of columns of the result.
    pub fn outputs(&self) -> usize {
        self.columns.len() / self.size
    }

    /// Returns the number of columns of a group.
    #[cfg(feature = "flex")]
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Returns the groups, one after the other.
    #[cfg(feature = "flex")]
    pub(crate) fn columns(&self) -> &Arc<[u32]> {
        &self.columns
    }

    /// Computes the means of each row.
    ///
    /// # Shapes
    /// `[N, inputs]` to `[N, outputs]`.
    ///
    /// # Panics
    /// Panics if x has another number of columns.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        assert_eq!(x.dims()[1], self.inputs, "columns of x, and inputs of the means");
        #[cfg(feature = "flex")]
        let x = match crate::column_means_flex::means(self, x) {
            Ok(means) => return means,
            Err(x) => x,
        };
        self.composed(x)
    }

    /// Computes the means by Burn's operations.
    fn composed(&self, x: Tensor<2>) -> Tensor<2> {
        let ([rows, _], indices) = (x.dims(), self.indices(&x));
        let means = x.select(1, indices).reshape([rows, self.outputs(), self.size]).mean_dim(2);
        means.reshape([rows, self.outputs()])
    }

    /// Returns the weights of a layer that computes this map and the layer behind it at once: `x
    /// fold_into(W) = forward(x) W`.
    ///
    /// # Shapes
    /// `[outputs, units]` to `[inputs, units]`.
    ///
    /// # Panics
    /// Panics if W has another number of rows.
    pub fn fold_into(&self, weight: Tensor<2>) -> Tensor<2> {
        let [outputs, units] = weight.dims();
        assert_eq!(outputs, self.outputs(), "rows of W, and outputs of the means");
        let device = weight.device();
        let shared = weight.mul_scalar(1.0 / self.size as f32);
        let shared = shared.reshape([outputs, 1, units]).repeat_dim(1, self.size);
        let shared = shared.reshape([self.columns.len(), units]);
        let folded = Tensor::zeros([self.inputs, units], &device);
        folded.select_assign(0, self.indices(&shared), shared, IndexingUpdateOp::Add)
    }

    fn indices(&self, beside: &Tensor<2>) -> Tensor<1, Int> {
        let columns: Vec<i32> = self.columns.iter().map(|&column| column as i32).collect();
        let count = columns.len();
        Tensor::from_data(TensorData::new(columns, [count]), &beside.device())
    }
}

#[cfg(test)]
mod tests;
