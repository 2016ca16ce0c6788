//! The choice of a proxy, by settings and environment.

use ureq::{Proxy, ProxyProtocol};

use crate::FetchError;

/// The route to an address: direct or through a proxy.
#[derive(Debug)]
pub struct Route {
    /// The proxy, if one is used.
    pub proxy: Option<Proxy>,
    /// The URL of the proxy without user and password.
    pub shown: Option<String>,
}

const DIRECT: Route = Route { proxy: None, shown: None };

/// Returns the route to `url`: by `setting` as in
/// [`FetchConfig::proxy`](crate::FetchConfig::proxy), else by the variables of `environment`.
pub fn route(
    url: &str,
    setting: Option<&str>,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Route, FetchError> {
    let variable = |name: &str| {
        environment(name)
            .or_else(|| environment(&name.to_uppercase()))
            .filter(|value| !value.trim().is_empty())
    };
    match setting {
        Some("none") => return Ok(DIRECT),
        Some(proxy) => return parse("proxy", proxy),
        None => {}
    }
    let (name, value) = if url.starts_with("https:") {
        ("HTTPS_PROXY", "https_proxy")
    } else {
        ("HTTP_PROXY", "http_proxy")
    };
    let found = variable(value)
        .map(|proxy| (name, proxy))
        .or_else(|| variable("all_proxy").map(|proxy| ("ALL_PROXY", proxy)));
    match found {
        Some((name, proxy)) if !variable("no_proxy").is_some_and(|list| is_exempt(url, &list)) => {
            parse(name, proxy.trim())
        }
        _ => Ok(DIRECT),
    }
}

fn parse(name: &'static str, url: &str) -> Result<Route, FetchError> {
    let proxy = Proxy::new(url)
        .ok()
        .filter(|proxy| matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https));
    let Some(proxy) = proxy else {
        // The value may contain a password, so only the part after it is shown.
        let got = format!("{:?}", url.rsplit('@').next().unwrap_or_default());
        return Err(FetchError::Setting { name, got, expected: "a URL such as http://HOST:PORT" });
    };
    let shown = format!(
        "{}://{}:{}",
        proxy.protocol().to_string().to_lowercase(),
        proxy.host(),
        proxy.port()
    );
    Ok(Route { proxy: Some(proxy), shown: Some(shown) })
}

/// Returns whether a `no_proxy` list contains the host of `url`, a parent domain, or `*`.
fn is_exempt(url: &str, list: &str) -> bool {
    let host = url
        .parse::<ureq::http::Uri>()
        .ok()
        .and_then(|uri| uri.host().map(str::to_lowercase))
        .unwrap_or_default();
    list.split(',').map(|entry| entry.trim().to_lowercase()).any(|entry| {
        let domain = entry.trim_start_matches('*').trim_start_matches('.');
        entry == "*"
            || (!domain.is_empty()
                && (host == domain
                    || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str, setting: Option<&str>, variables: &[(&str, &str)]) -> Option<String> {
        let environment = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        route(url, setting, environment).unwrap().shown
    }

    #[test]
    fn the_scheme_of_the_url_chooses_the_variable() {
        let both = [
            ("HTTPS_PROXY", "http://secure:3128"),
            ("http_proxy", "http://user:secret@plain:8080"),
        ];
        assert_eq!(shown("https://a.org/x", None, &both).as_deref(), Some("http://secure:3128"));
        assert_eq!(shown("http://a.org/x", None, &both).as_deref(), Some("http://plain:8080"));
        assert_eq!(shown("https://a.org/x", None, &both[1..]), None);
        assert_eq!(
            shown("https://a.org/x", None, &[("ALL_PROXY", "both:1")]).as_deref(),
            Some("http://both:1")
        );
        assert_eq!(shown("https://a.org/x", None, &[("https_proxy", " ")]), None);
    }

    #[test]
    fn the_setting_comes_first() {
        let variables = [("https_proxy", "http://secure:3128"), ("no_proxy", "*")];
        assert_eq!(shown("https://a.org/x", Some("none"), &variables), None);
        assert_eq!(
            shown("https://a.org/x", Some("http://mine:1"), &variables).as_deref(),
            Some("http://mine:1")
        );
    }

    #[test]
    fn exempt_hosts_are_reached_without() {
        for (list, exempt) in [
            ("a.org", true),
            ("b.org, .org", true),
            ("*.a.org", true),
            ("*", true),
            ("rg", false),
            ("x.a.org", false),
            (",", false),
        ] {
            let variables = [("https_proxy", "http://secure:3128"), ("no_proxy", list)];
            assert_eq!(shown("https://A.org:443/x", None, &variables).is_none(), exempt, "{list}");
        }
    }

    #[test]
    fn a_wrong_proxy_is_refused_without_its_password() {
        for wrong in ["socks5://user:secret@host:1", "http://user:secret@", "://user:secret@x y"] {
            let error = route("https://a.org/x", None, |name| {
                (name == "https_proxy").then(|| wrong.to_owned())
            })
            .unwrap_err()
            .to_string();
            assert!(
                error.starts_with("HTTPS_PROXY is ")
                    && error.ends_with("expected a URL such as http://HOST:PORT"),
                "{error}"
            );
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
