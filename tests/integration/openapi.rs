//! Holds requests and answers against OpenAPI descriptions: GitHub's (3.0, in the fixtures) and ours (3.1, in `docs`).
//!
//! It checks paths, methods, parameters, media types and bodies. It does not check credentials.

mod schema;

use std::io::Read as _;

use serde_json::{Value, json};

/// One OpenAPI description.
pub(crate) struct Description {
    name: &'static str,
    document: Value,
}

/// A request as a client sent it.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// Below the server's base path, with the query, like `/enterprises/octo-corp/consumed-licenses?page=2`.
    pub(crate) target: &'a str,
    /// Names in lower case.
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: &'a [u8],
}

/// An answer to a request.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: &'a [u8],
}

impl Description {
    /// GitHub's description of the cloud's REST API.
    pub(crate) fn github_cloud() -> Self {
        Self::github(
            "ghec-licensing",
            include_str!("../fixtures/openapi/ghec-licensing.json"),
        )
    }

    /// GitHub's description of the enterprise server's REST API.
    pub(crate) fn github_server() -> Self {
        Self::github(
            "ghes-3.19-licensing",
            include_str!("../fixtures/openapi/ghes-3.19-licensing.json"),
        )
    }

    /// Our description of the upload.
    pub(crate) fn connect() -> Self {
        let text = include_str!("../../docs/connect-api.yaml");
        Self {
            name: "connect-api",
            document: serde_yaml_ng::from_str(text).unwrap(),
        }
    }

    fn github(name: &'static str, text: &str) -> Self {
        let mut document = serde_json::from_str(text).unwrap();
        schema::modernize(&mut document);
        Self { name, document }
    }

    /// The template of a path, like `/enterprises/{enterprise}/license-usage`, when it is described for the method.
    pub(crate) fn find(&self, method: &str, target: &str) -> Option<&str> {
        let path = target.split('?').next()?;
        self.document["paths"]
            .as_object()?
            .iter()
            .filter(|(template, item)| fits(template, path) && item.get(method.to_ascii_lowercase()).is_some())
            .map(|(template, _)| template.as_str())
            .next()
    }

    /// What is wrong with a request; empty when nothing is.
    pub(crate) fn check_request(&self, request: &Request<'_>) -> Vec<String> {
        let Some(template) = self.find(request.method, request.target) else {
            return vec![format!("{} {} is not in {}", request.method, request.target, self.name)];
        };
        let item = &self.document["paths"][template];
        let operation = &item[request.method.to_ascii_lowercase()];
        let mut wrong = Vec::new();
        for parameters in [item, operation].map(|place| &place["parameters"]) {
            for parameter in parameters.as_array().into_iter().flatten() {
                self.check_parameter(self.follow(parameter), template, request, &mut wrong);
            }
        }
        self.check_request_body(self.follow(&operation["requestBody"]), request, &mut wrong);
        wrong
    }

    fn check_parameter(&self, parameter: &Value, template: &str, request: &Request<'_>, wrong: &mut Vec<String>) {
        let name = parameter["name"].as_str().unwrap();
        let value = match parameter["in"].as_str().unwrap() {
            "path" => path_value(template, request.target, name),
            "query" => query_value(request.target, name),
            "header" => header(request.headers, name).map(str::to_owned),
            place => panic!("parameters in {place} are not checked here"),
        };
        match value {
            None if parameter["required"] == true => wrong.push(format!("parameter {name} is missing")),
            None => {}
            Some(text) => {
                let number = (parameter["schema"]["type"] == "integer").then(|| text.parse::<i64>().ok());
                let value = number.flatten().map_or_else(|| json!(text), |number| json!(number));
                self.check(&parameter["schema"], &value, &format!("parameter {name}"), wrong);
            }
        }
    }

    fn check_request_body(&self, described: &Value, request: &Request<'_>, wrong: &mut Vec<String>) {
        if described.is_null() || request.body.is_empty() {
            if described["required"] == true {
                wrong.push("the body is missing".to_owned());
            }
            if described.is_null() && !request.body.is_empty() {
                wrong.push("a body is not expected".to_owned());
            }
            return;
        }
        let body = match header(request.headers, "content-encoding") {
            Some("gzip") => gunzip(request.body),
            _ => request.body.to_vec(),
        };
        self.check_content(&described["content"], request.headers, &body, "the body", wrong);
    }

    /// What is wrong with an answer; empty when nothing is. An error that is not described for the operation has to
    /// have the shape of GitHub's errors at least.
    pub(crate) fn check_answer(&self, method: &str, target: &str, answer: &Answer<'_>) -> Vec<String> {
        let Some(template) = self.find(method, target) else {
            return vec![format!("{method} {target} is not in {}", self.name)];
        };
        let operation = &self.document["paths"][template][method.to_ascii_lowercase()];
        let described = self.follow(&operation["responses"][answer.status.to_string()]);
        let mut wrong = Vec::new();
        if described.is_null() {
            let basic = &self.document["components"]["schemas"]["basic-error"];
            if answer.status < 400 || basic.is_null() {
                return vec![format!(
                    "{method} {template}: the status {} is not described",
                    answer.status
                )];
            }
            let content = json!({ "application/json": { "schema": basic } });
            self.check_content(&content, answer.headers, answer.body, "the answer", &mut wrong);
            return wrong;
        }
        for (name, description) in described["headers"].as_object().into_iter().flatten() {
            if description["required"] == true && header(answer.headers, name).is_none() {
                wrong.push(format!("header {name} is missing"));
            }
        }
        match &described["content"] {
            Value::Null if answer.body.is_empty() => {}
            Value::Null => wrong.push("a body is not expected".to_owned()),
            content => self.check_content(content, answer.headers, answer.body, "the answer", &mut wrong),
        }
        wrong
    }

    fn check_content(
        &self,
        content: &Value,
        headers: &[(String, String)],
        body: &[u8],
        what: &str,
        wrong: &mut Vec<String>,
    ) {
        let media_type = header(headers, "content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        let described = &content[media_type];
        if described.is_null() {
            wrong.push(format!(
                "{what} has the media type {media_type:?}, which is not described"
            ));
        } else if !described["schema"].is_null() {
            match serde_json::from_slice(body) {
                Ok(value) => self.check(&described["schema"], &value, what, wrong),
                Err(error) => wrong.push(format!("{what} is not JSON: {error}")),
            }
        }
    }

    fn check(&self, schema: &Value, value: &Value, what: &str, wrong: &mut Vec<String>) {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "components": self.document["components"],
            "allOf": [schema],
        });
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&schema)
            .unwrap();
        for error in validator.iter_errors(value) {
            wrong.push(format!("{what} at {}: {error}", error.instance_path()));
        }
    }

    fn follow<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self.document.pointer(&reference[1..]).unwrap(),
            None => value,
        }
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && (template.iter().zip(&path)).all(|(wanted, given)| wanted == given || wanted.starts_with('{'))
}

fn path_value(template: &str, target: &str, name: &str) -> Option<String> {
    let path = target.split('?').next()?;
    let at = template.split('/').position(|part| part == format!("{{{name}}}"))?;
    path.split('/').nth(at).map(str::to_owned)
}

fn query_value(target: &str, name: &str) -> Option<String> {
    let (_, query) = target.split_once('?')?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

fn gunzip(body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(body).read_to_end(&mut plain).unwrap();
    plain
}
