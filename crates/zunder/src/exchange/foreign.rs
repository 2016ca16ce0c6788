//! Tensors of a model with PyTorch's names and layouts.

use std::collections::BTreeSet;

use zunder_train::NamedTensor;

use crate::exchange::export::for_pytorch;
use crate::run::stored::transposed;

/// Modules that PyTorch wraps around another module, at any position of a name: data parallelism,
/// compilation, sharding.
const WRAPPERS: [&str; 3] = ["module", "_orig_mod", "_fsdp_wrapped_module"];

/// Removes a prefix that a program added to all names, or wrappers around some of them, if the
/// result has more names in common with `own`.
pub(crate) fn without_prefix(
    own: &[NamedTensor],
    mut theirs: Vec<NamedTensor>,
    remarks: &mut Vec<String>,
) -> Result<Vec<NamedTensor>, String> {
    let expected: BTreeSet<String> =
        own.iter().map(|tensor| for_pytorch_name(&tensor.name)).collect();
    let known = |name: &str| expected.contains(name);
    let hits =
        |names: &[String]| names.iter().filter(|name| known(name)).collect::<BTreeSet<_>>().len();
    let before: Vec<String> = theirs.iter().map(|tensor| tensor.name.clone()).collect();
    let unwrapped: Vec<String> = before.iter().map(|name| without_wrappers(name)).collect();
    let prefix = common_prefix(&unwrapped, &known);
    let after: Vec<String> = unwrapped.iter().map(|name| name[prefix.len()..].to_owned()).collect();
    if hits(&after) <= hits(&before) {
        return Ok(theirs);
    }
    for (i, name) in after.iter().enumerate() {
        if let Some(j) = after[..i].iter().position(|other| other == name) {
            return Err(format!(
                "holds {} and {}, which are both names of {name}, expected one of them",
                before[j], before[i]
            ));
        }
    }
    let (from, to) = before
        .iter()
        .zip(&after)
        .find(|(before, after)| before != after)
        .ok_or("has no tensors")?;
    remarks.push(format!(
        "names were read without the prefix that another program added: {from} as {to}"
    ));
    for (tensor, name) in theirs.iter_mut().zip(after) {
        tensor.name = name;
    }
    Ok(theirs)
}

fn without_wrappers(name: &str) -> String {
    name.split('.').filter(|part| !WRAPPERS.contains(part)).collect::<Vec<_>>().join(".")
}

/// Returns the prefix of whole components that all names share; of several, the one whose removal
/// makes the most names known.
fn common_prefix(names: &[String], known: &dyn Fn(&str) -> bool) -> String {
    let Some(first) = names.first() else { return String::new() };
    let ends = first.match_indices('.').map(|(place, _)| place + 1);
    let shared = std::iter::once(0)
        .chain(ends)
        .filter(|end| names.iter().all(|name| name.starts_with(&first[..*end])));
    let hits = |end: usize| names.iter().filter(|name| known(&name[end..])).count();
    // On a tie, keeps the shortest prefix, so that nothing is removed without need.
    let best = shared.reduce(|best, end| if hits(end) > hits(best) { end } else { best });
    first[..best.unwrap_or(0)].to_owned()
}

fn for_pytorch_name(name: &str) -> String {
    for_pytorch(NamedTensor { name: name.to_owned(), shape: Vec::new(), values: Vec::new() }).name
}

/// Returns the values of a model's tensors, given tensors with PyTorch's names and layouts.
pub(crate) fn matched(
    own: Vec<NamedTensor>,
    mut theirs: Vec<NamedTensor>,
) -> Result<Vec<NamedTensor>, String> {
    let own: Vec<(String, NamedTensor)> =
        own.into_iter().map(|tensor| (tensor.name.clone(), for_pytorch(tensor))).collect();
    check_names(&own, &theirs)?;
    let mut found = Vec::with_capacity(own.len());
    for (own_name, expected) in own {
        let name = &expected.name;
        let Some(position) = theirs.iter().position(|tensor| tensor.name == *name) else {
            continue;
        };
        let tensor = theirs.swap_remove(position);
        if tensor.shape != expected.shape {
            let turned = tensor.shape.iter().rev().eq(&expected.shape);
            let how = match name.split_once('.') {
                _ if turned => " (transposed, as in PyTorch)",
                Some(("output", _)) => " by the classes and layers of model.json",
                _ => " by model.json",
            };
            return Err(format!(
                "holds {name} with the shape {:?}, expected {:?}{how}",
                tensor.shape, expected.shape
            ));
        }
        found.push(NamedTensor { name: own_name, ..transposed(tensor) });
    }
    Ok(found)
}

/// Checks that no tensor is missing or superfluous.
fn check_names(own: &[(String, NamedTensor)], theirs: &[NamedTensor]) -> Result<(), String> {
    let has = |name: &str| theirs.iter().any(|tensor| tensor.name == name);
    let missing: Vec<&NamedTensor> =
        own.iter().map(|(_, tensor)| tensor).filter(|tensor| !has(&tensor.name)).collect();
    let wanted = |name: &str| own.iter().any(|(_, tensor)| tensor.name == name);
    let extra: Vec<&str> =
        theirs.iter().map(|tensor| tensor.name.as_str()).filter(|name| !wanted(name)).collect();
    match (&missing[..], &extra[..]) {
        ([], []) => Ok(()),
        ([], extra) => Err(format!(
            "holds the tensor {}, which the model of model.json does not have",
            some(extra)
        )),
        ([first, others @ ..], extra) => {
            let others: Vec<&str> = others.iter().map(|tensor| tensor.name.as_str()).collect();
            let others =
                if others.is_empty() { String::new() } else { format!(", and {}", some(&others)) };
            let instead = if extra.is_empty() {
                String::new()
            } else {
                format!("; it holds {} instead", some(extra))
            };
            Err(format!(
                "lacks the tensor {}, of shape {:?}{others}{instead}",
                first.name, first.shape
            ))
        }
    }
}

/// Formats the first names, and the number of further ones.
fn some(names: &[&str]) -> String {
    const MOST: usize = 3;
    let first = names.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensors(names: &[&str]) -> Vec<NamedTensor> {
        let tensor = |name: &&str| NamedTensor {
            name: (*name).to_owned(),
            shape: vec![2],
            values: vec![0.0, 1.0],
        };
        names.iter().map(tensor).collect()
    }

    const OWN: [&str; 4] = [
        "mlp.hidden.0.linear.bias",
        "mlp.hidden.0.norm.gamma",
        "mlp.hidden.0.norm.beta",
        "mlp.output.bias",
    ];
    const THEIRS: [&str; 4] =
        ["hidden.0.linear.bias", "hidden.0.norm.weight", "hidden.0.norm.bias", "output.bias"];

    fn stripped(names: &[String]) -> Result<(Vec<String>, usize), String> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut remarks = Vec::new();
        let after = without_prefix(&tensors(&OWN), tensors(&names), &mut remarks)?;
        Ok((after.into_iter().map(|tensor| tensor.name).collect(), remarks.len()))
    }

    #[test]
    fn prefixes_and_wrappers_are_taken_off() {
        let around = |before: &str| THEIRS.map(|name| format!("{before}{name}"));
        for prefix in [
            "module.",
            "model.",
            "_orig_mod.",
            "net.",
            "module._orig_mod.",
            "a.b.c.",
            "hidden.",
            "output.module.",
        ] {
            assert_eq!(
                stripped(&around(prefix)),
                Ok((THEIRS.map(str::to_owned).to_vec(), 1)),
                "{prefix}"
            );
        }
        let inside = THEIRS.map(|name| name.replace("hidden.0.", "hidden.0._orig_mod."));
        assert_eq!(stripped(&inside), Ok((THEIRS.map(str::to_owned).to_vec(), 1)));
        assert_eq!(stripped(&around("")), Ok((THEIRS.map(str::to_owned).to_vec(), 0)));
        // One tensor is missing, but the prefix is still removed, so that the error names that
        // tensor.
        let (after, _) = stripped(&around("net.")[1..]).unwrap();
        let error =
            matched(tensors(&OWN), tensors(&after.iter().map(String::as_str).collect::<Vec<_>>()))
                .unwrap_err();
        assert_eq!(error, "lacks the tensor hidden.0.linear.bias, of shape [2]");
    }

    #[test]
    fn what_is_ambiguous_or_other_is_refused() {
        let twice =
            [THEIRS.map(str::to_owned).to_vec(), vec!["module.output.bias".to_owned()]].concat();
        let (after, remarks) = stripped(&twice).unwrap();
        assert_eq!((after.len(), remarks), (5, 0));
        let both: Vec<String> = twice.iter().map(|name| format!("net.{name}")).collect();
        let error = stripped(&both).unwrap_err();
        assert!(
            error.contains(
                "net.output.bias and net.module.output.bias, which are both names of output.bias"
            ),
            "{error}"
        );
        let error =
            matched(tensors(&OWN), tensors(&["fc1.bias", "fc2.bias", "output.bias"])).unwrap_err();
        let expected = "lacks the tensor hidden.0.linear.bias, of shape [2], and \
            hidden.0.norm.weight, hidden.0.norm.bias; \
                        it holds fc1.bias, fc2.bias instead";
        assert_eq!(error, expected);
    }
}
