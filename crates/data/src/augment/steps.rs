/// Makes [`AugmentConfig`](super::AugmentConfig) and all that goes through every step, from one
/// list: each step's documentation, name and type.
macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident: $step:ident,)+) => {
        /// Which random changes a training image undergoes; none by default.
        ///
        /// Every step is a field: set to `Some` it is on, each with a probability of its own. Steps
        /// always happen in the order of the fields: geometry, then colour, then what covers and
        /// mixes. In a configuration file each is a table, such as `rotation = { degrees = 10 }`;
        /// what is left out of it has its default.
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
        /// assert_eq!(AugmentConfig::preset("light")?.horizontal_flip, Some(Flip { probability: 0.5 }));
        /// # Ok::<(), zunder_data::DataError>(())
        /// ```
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct AugmentConfig {
            /// What lies outside the image: `zero` (black), `edge` or `reflect`. Default: `zero`.
            pub border: Border,
            /// How places between pixels get their values: `bilinear` or `nearest`. Default:
            /// `bilinear`.
            pub interpolation: Interpolation,
            $(
                $(#[$doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $name: Option<$step>,
            )+
        }

        impl AugmentConfig {
            /// The names of all steps, in their order.
            pub const STEPS: [&str; [$(stringify!($name)),+].len()] = [$(stringify!($name)),+];

            /// Checks every setting against its range.
            ///
            /// # Errors
            ///
            /// [`DataError::Setting`] with the setting's key, its value and its range.
            pub fn validate(&self) -> Result<(), DataError> {
                $(self.$name.map_or(Ok(()), |step| step.validate(stringify!($name)))?;)+
                Ok(())
            }

            /// The names of the steps that are on, in their order.
            pub fn steps(&self) -> Vec<&'static str> {
                [$(self.$name.map(|_| stringify!($name))),+].into_iter().flatten().collect()
            }

            /// Every step at its default strength, in every image.
            #[expect(clippy::needless_update, reason = "some steps have no other setting")]
            pub fn every_step() -> Self {
                Self {
                    border: Border::default(),
                    interpolation: Interpolation::default(),
                    $($name: Some($step { probability: 1.0, ..<$step>::default() }),)+
                }
            }

            /// The steps that `keep` says yes to, by their name and their probability.
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
