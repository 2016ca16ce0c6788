//! The names that a Rust file defines, read by the parser `syn`.

use std::collections::BTreeSet;

use syn::{Attribute, Fields, Ident, ImplItem, Item, TraitItem, Type};

/// The names of a file: items such as `evaluate`, and members such as `Loss::Hinge`.
#[derive(Default)]
pub struct Names {
    pub items: BTreeSet<String>,
    pub tests: BTreeSet<String>,
}

impl Names {
    pub fn of(source: &str) -> syn::Result<Self> {
        let mut names = Self::default();
        names.add_all(&syn::parse_file(source)?.items);
        Ok(names)
    }

    fn add_all(&mut self, items: &[Item]) {
        for item in items {
            match item {
                Item::Fn(item) => self.function(&item.sig.ident, &item.attrs),
                Item::Struct(item) => self.fields(&item.ident, &item.fields),
                Item::Enum(item) => {
                    self.add(&item.ident);
                    item.variants.iter().for_each(|found| self.member(&item.ident, &found.ident));
                }
                Item::Trait(item) => {
                    self.add(&item.ident);
                    for found in &item.items {
                        if let TraitItem::Fn(found) = found {
                            self.member(&item.ident, &found.sig.ident);
                        }
                    }
                }
                Item::Impl(item) => {
                    let Type::Path(owner) = &*item.self_ty else { continue };
                    let Some(owner) = owner.path.segments.last() else { continue };
                    for found in &item.items {
                        match found {
                            ImplItem::Fn(found) => self.member(&owner.ident, &found.sig.ident),
                            ImplItem::Const(found) => self.member(&owner.ident, &found.ident),
                            _ => {}
                        }
                    }
                }
                Item::Const(item) => self.add(&item.ident),
                Item::Static(item) => self.add(&item.ident),
                Item::Type(item) => self.add(&item.ident),
                Item::Mod(item) => {
                    self.add_all(item.content.as_ref().map_or(&[][..], |content| &content.1));
                }
                // The tests of `proptest!` are tokens: `fn`, then the name.
                Item::Macro(item) => {
                    let tokens = item.mac.tokens.clone().into_iter().map(|token| token.to_string());
                    let tokens: Vec<String> = tokens.collect();
                    let named = tokens.windows(2).filter(|pair| pair[0] == "fn");
                    self.tests.extend(named.map(|pair| pair[1].clone()));
                }
                _ => {}
            }
        }
    }

    fn function(&mut self, name: &Ident, attributes: &[Attribute]) {
        if attributes.iter().any(|attribute| attribute.path().is_ident("test")) {
            self.tests.insert(name.to_string());
        } else {
            self.add(name);
        }
    }

    fn fields(&mut self, owner: &Ident, fields: &Fields) {
        self.add(owner);
        fields.iter().filter_map(|field| field.ident.as_ref()).for_each(|f| self.member(owner, f));
    }

    fn add(&mut self, name: &Ident) {
        self.items.insert(name.to_string());
    }

    fn member(&mut self, owner: &Ident, name: &Ident) {
        self.items.insert(format!("{owner}::{name}"));
    }
}

#[test]
fn definitions_and_tests_are_told_from_uses() {
    let source = "
        /// Loss::Gone and fn gone are only spoken of.
        pub enum Loss { Hinge { inner: f64 }, Plain(u8) }
        impl<T> Loss<T> { pub const fn forward(&self) { call(gone) } const ONE: u8 = 1; }
        pub(crate) struct Config { pub rate: f64 }
        pub trait Classifier { fn scores(&self); }
        pub const LIMIT: f64 = 1.0;
        type Line = u8;
        mod tests {
            fn helper() {}
            #[test]
            fn first() {}
        }
        proptest! { #[test] fn second(x in 0..1) {} }
    ";
    let names = Names::of(source).unwrap();
    let expected = "Classifier Classifier::scores Config Config::rate LIMIT Line Loss Loss::Hinge \
        Loss::ONE Loss::Plain Loss::forward helper";
    assert_eq!(names.items.into_iter().collect::<Vec<_>>().join(" "), expected);
    assert_eq!(names.tests.into_iter().collect::<Vec<_>>(), ["first", "second"]);
}
