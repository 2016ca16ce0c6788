//! Declares the steps of the augmentation from one list.

/// Makes [`AugmentConfig`](super::AugmentConfig) and all that goes through every step, from one
/// list: each step's documentation, name and type.
macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident: $step:ident,)+) => {
        /// The random changes of training images; none by default.
        ///
        /// Every step is a field: if it is `Some`, the step is on, with a probability of its own.
        /// Steps are applied in the order of the fields: geometry, then colour, then covering and
        /// mixing. In a configuration file each step is a table, such as `rotation = { degrees = 10
        /// }`; settings that are left out have their defaults.
        ///
        /// ```
        /// use zunder_data::{AugmentConfig, Crop, Flip, Rotation};
        ///
        /// let mine = AugmentConfig {
        ///     crop: Some(Crop { padding: 2, ..Crop::default() }),
        ///     rotation: Some(Rotation { degrees: 10.0, probability: 0.5 }),
        ///     ..AugmentConfig::preset("none")?
        /// };
        /// mine.validate()?;
        /// assert_eq!(
        ///     AugmentConfig::preset("light")?.horizontal_flip,
        ///     Some(Flip { probability: 0.5 })
        /// );
        /// # Ok::<(), zunder_data::DataError>(())
        /// ```
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct AugmentConfig {
            /// The pixels outside of the image: `zero` (black), `edge` or `reflect`. Default:
            /// `zero`.
            pub border: Border,
            /// The interpolation between pixels: `bilinear` or `nearest`. Default: `bilinear`.
            pub interpolation: Interpolation,
            $(
                $(#[$doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $name: Option<$step>,
            )+
        }

        impl AugmentConfig {
            /// The names of all steps, in order.
            pub const STEPS: [&str; [$(stringify!($name)),+].len()] = [$(stringify!($name)),+];

            /// Checks that all settings are in their ranges.
            ///
            /// # Errors
            ///
            /// Returns [`DataError::Setting`] with the setting's key, its value and its range.
            pub fn validate(&self) -> Result<(), DataError> {
                $(self.$name.map_or(Ok(()), |step| step.validate(stringify!($name)))?;)+
                Ok(())
            }

            /// Returns the names of the active steps, in order.
            pub fn steps(&self) -> Vec<&'static str> {
                [$(self.$name.map(|_| stringify!($name))),+].into_iter().flatten().collect()
            }

            /// Returns a configuration with every step at its default strength, in every image.
            #[expect(clippy::needless_update, reason = "some steps have no other setting")]
            pub fn every_step() -> Self {
                Self {
                    border: Border::default(),
                    interpolation: Interpolation::default(),
                    $($name: Some($step { probability: 1.0, ..<$step>::default() }),)+
                }
            }

            /// Returns the steps for which `keep`, given name and probability, is true.
            fn filtered(&self, keep: impl Fn(&str, f32) -> bool) -> Self {
                Self {
                    border: self.border,
                    interpolation: self.interpolation,
                    $($name: self.$name.filter(|step| keep(stringify!($name), step.probability)),)+
                }
            }
        }
    };
}

pub(super) use steps;
