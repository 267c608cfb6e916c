//! What a query selects of a tree of objects. It knows neither GitHub's schema nor the sandbox's people.

use graphql_parser::query::{Field, Selection, SelectionSet, TypeCondition, Value as Argument};
use serde_json::{Map, Value, json};

/// The most of a connection that GitHub gives at once.
const MOST: usize = 100;

/// What a field holds.
pub(super) enum Node<'a> {
    Leaf(Value),
    Object(&'static str, Vec<(&'static str, Node<'a>)>),
    List(Vec<Node<'a>>),
    Connection(Paged<'a>),
    /// An object that the argument with this name identifies.
    Lookup(&'static str, Find<'a>),
}

type Find<'a> = Box<dyn Fn(&str) -> Option<Node<'a>> + 'a>;

/// A list that is given in pages. Cursors are places in it.
pub(super) struct Paged<'a> {
    pub(super) count: usize,
    pub(super) at: Box<dyn Fn(usize) -> Option<Node<'a>> + 'a>,
}

/// A query that cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub(super) enum QueryError {
    #[error("Parse error")]
    Syntax,
    #[error("One query is expected, and no fragments beside it")]
    NoQuery,
    #[error("Field '{field}' doesn't exist on type '{on}'")]
    Field { field: String, on: &'static str },
    #[error("Field '{0}' must have selections, or must not")]
    Selections(String),
    #[error("Field '{field}' doesn't accept argument '{argument}'")]
    Argument { field: String, argument: String },
    #[error("Field '{0}' is missing a required argument or has one of another type")]
    Type(String),
    #[error("You must provide a `first` value to properly paginate the `{0}` connection")]
    Unpaged(String),
    #[error("Requesting {count} records on the `{field}` connection exceeds the `first` limit of 100 records")]
    TooMany { field: String, count: i64 },
}

/// Selects from a tree, with the values of the query's variables.
pub(super) struct Selector {
    variables: Map<String, Value>,
    not_found: Vec<Value>,
}

type Set<'q> = SelectionSet<'q, &'q str>;
type SelectedField<'q> = Field<'q, &'q str>;

impl Selector {
    pub(super) fn with(variables: Map<String, Value>) -> Self {
        Self {
            variables,
            not_found: Vec::new(),
        }
    }

    /// An error for each lookup that found nothing.
    pub(super) fn not_found(&self) -> &[Value] {
        &self.not_found
    }

    /// The selected fields of an object.
    pub(super) fn select(&mut self, node: &Node<'_>, set: &Set<'_>) -> Result<Value, QueryError> {
        let Node::Object(on, members) = node else {
            return Err(QueryError::Selections("node".to_owned()));
        };
        let mut selected = Map::new();
        for item in &set.items {
            match item {
                Selection::Field(field) => {
                    let member = members.iter().find(|(name, _)| *name == field.name);
                    let value = match member {
                        Some((_, node)) => self.field(node, field)?,
                        None if field.name == "__typename" => json!(on),
                        None => {
                            let field = field.name.to_owned();
                            return Err(QueryError::Field { field, on });
                        }
                    };
                    selected.insert(field.alias.unwrap_or(field.name).to_owned(), value);
                }
                Selection::InlineFragment(fragment) => {
                    let wanted = fragment
                        .type_condition
                        .as_ref()
                        .map(|TypeCondition::On(wanted)| *wanted);
                    if wanted.is_none_or(|wanted| wanted == *on)
                        && let Value::Object(more) = self.select(node, &fragment.selection_set)?
                    {
                        selected.extend(more);
                    }
                }
                Selection::FragmentSpread(_) => return Err(QueryError::NoQuery),
            }
        }
        Ok(Value::Object(selected))
    }

    fn field(&mut self, node: &Node<'_>, field: &SelectedField<'_>) -> Result<Value, QueryError> {
        let set = &field.selection_set;
        let is_leaf = matches!(node, Node::Leaf(value) if !value.is_null());
        if is_leaf != set.items.is_empty() && !matches!(node, Node::Leaf(Value::Null)) {
            return Err(QueryError::Selections(field.name.to_owned()));
        }
        match node {
            Node::Leaf(value) => Ok(value.clone()),
            Node::Object(..) => self.select(node, set),
            Node::List(nodes) => {
                let nodes = nodes.iter().map(|node| self.select(node, set));
                nodes.collect::<Result<Vec<_>, _>>().map(Value::Array)
            }
            Node::Connection(connection) => self.page(connection, field),
            Node::Lookup(argument, find) => match self.argument(field, argument) {
                Some(Value::String(wanted)) => match find(&wanted) {
                    Some(found) => self.select(&found, set),
                    None => {
                        let message = format!("Could not resolve to a node with the {argument} given.");
                        let error = json!({ "type": "NOT_FOUND", "path": [field.name], "message": message });
                        self.not_found.push(error);
                        Ok(Value::Null)
                    }
                },
                _ => Err(QueryError::Type(field.name.to_owned())),
            },
        }
    }

    fn page(&mut self, connection: &Paged<'_>, field: &SelectedField<'_>) -> Result<Value, QueryError> {
        let name = || field.name.to_owned();
        let known = ["first", "after", "orderBy"];
        if let Some((argument, _)) = field.arguments.iter().find(|(argument, _)| !known.contains(argument)) {
            let argument = (*argument).to_owned();
            return Err(QueryError::Argument {
                field: name(),
                argument,
            });
        }
        let first = self.argument(field, "first").and_then(|first| first.as_i64());
        let count = first.ok_or_else(|| QueryError::Unpaged(name()))?;
        let first = usize::try_from(count).ok().filter(|first| (1..=MOST).contains(first));
        let first = first.ok_or_else(|| QueryError::TooMany { field: name(), count })?;
        let start = match self.argument(field, "after") {
            None | Some(Value::Null) => 0,
            Some(cursor) => cursor
                .as_str()
                .and_then(place)
                .ok_or_else(|| QueryError::Type(name()))?,
        };
        let end = start.saturating_add(first).min(connection.count);
        let page_info = Node::Object(
            "PageInfo",
            vec![
                (
                    "endCursor",
                    Node::Leaf(if end > start { json!(cursor(end)) } else { Value::Null }),
                ),
                ("hasNextPage", Node::Leaf(json!(end < connection.count))),
            ],
        );
        let nodes = (start..end).filter_map(|place| (connection.at)(place)).collect();
        let page = vec![
            ("nodes", Node::List(nodes)),
            ("pageInfo", page_info),
            ("totalCount", Node::Leaf(json!(connection.count))),
        ];
        self.select(&Node::Object("Connection", page), &field.selection_set)
    }

    /// The value of an argument, which a variable can hold.
    fn argument(&self, field: &SelectedField<'_>, name: &str) -> Option<Value> {
        let (_, value) = field.arguments.iter().find(|(argument, _)| *argument == name)?;
        match value {
            Argument::Variable(variable) => self.variables.get(*variable).cloned(),
            Argument::Int(number) => number.as_i64().map(|number| json!(number)),
            Argument::String(text) => Some(json!(text)),
            Argument::Boolean(is_so) => Some(json!(is_so)),
            Argument::Null => Some(Value::Null),
            Argument::Float(_) | Argument::Enum(_) | Argument::List(_) | Argument::Object(_) => None,
        }
    }
}

fn cursor(place: usize) -> String {
    format!("cursor:{place}")
}

fn place(cursor: &str) -> Option<usize> {
    cursor.strip_prefix("cursor:")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use graphql_parser::query::{Definition, OperationDefinition, parse_query};

    use super::*;

    fn numbers<'a>() -> Node<'a> {
        let number = |place: usize| Some(Node::Object("Number", vec![("value", Node::Leaf(json!(place)))]));
        Node::Connection(Paged {
            count: 250,
            at: Box::new(number),
        })
    }

    fn tree<'a>() -> Node<'a> {
        let find = |name: &str| (name == "all").then(|| Node::Object("Numbers", vec![("numbers", numbers())]));
        Node::Object("Query", vec![("list", Node::Lookup("name", Box::new(find)))])
    }

    fn asked(query: &str, variables: Value) -> Result<(Value, usize), String> {
        let document = parse_query::<&str>(query).unwrap();
        let [Definition::Operation(OperationDefinition::Query(query))] = &document.definitions[..] else {
            panic!("a query")
        };
        let Value::Object(variables) = variables else {
            panic!("variables")
        };
        let mut selector = Selector::with(variables);
        let answer = selector.select(&tree(), &query.selection_set);
        answer
            .map(|answer| (answer, selector.not_found().len()))
            .map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn a_connection_is_given_in_pages_that_cursors_lead_to() {
        let query = "query A($c: String) { list(name: \"all\") { numbers(first: 100, after: $c) { \
                     nodes { value kind: __typename } pageInfo { endCursor hasNextPage } totalCount } } }";
        let (mut cursor, mut seen) = (Value::Null, Vec::new());
        loop {
            let (answer, _) = asked(query, json!({ "c": cursor })).unwrap();
            let page = &answer["list"]["numbers"];
            assert_eq!(page["totalCount"], 250);
            seen.extend(page["nodes"].as_array().unwrap().iter().map(|node| {
                assert_eq!(node["kind"], "Number");
                node["value"].as_u64().unwrap()
            }));
            cursor = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(seen, (0..250).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_not_there_is_null_with_an_error() {
        let query = "query A { list(name: \"none\") { numbers(first: 1) { totalCount } } }";
        assert_eq!(asked(query, json!({})), Ok((json!({ "list": null }), 1)));
    }

    #[test]
    fn a_query_that_github_would_not_carry_out_is_refused() {
        let wrong =
            |inner: &str| asked(&format!("query A {{ list(name: \"all\") {{ {inner} }} }}"), json!({})).unwrap_err();
        let said = [
            wrong("letters"),
            wrong("numbers { totalCount }"),
            wrong("numbers(first: 101) { totalCount }"),
            wrong("numbers(first: 1, after: 7) { totalCount }"),
            wrong("numbers(first: 1, last: 1) { totalCount }"),
            wrong("numbers(first: 1)"),
            wrong("numbers(first: 1) { totalCount { value } }"),
        ];
        insta::assert_snapshot!(said.join("\n"), @r"
        Field 'letters' doesn't exist on type 'Numbers'
        You must provide a `first` value to properly paginate the `numbers` connection
        Requesting 101 records on the `numbers` connection exceeds the `first` limit of 100 records
        Field 'numbers' is missing a required argument or has one of another type
        Field 'numbers' doesn't accept argument 'last'
        Field 'numbers' must have selections, or must not
        Field 'totalCount' must have selections, or must not
        ");
    }
}
