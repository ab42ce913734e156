//! Properties of all nodes, and the databases that they name.

use super::ports::port_look;
use super::{Tables, Unseen};
use crate::domain::id::NodeName;
use crate::domain::observed::{DatabaseReached, KeyClass, Value};
use crate::model::ClusterModel;
use crate::model::tables::settings;
use crate::web::plumbing::components::{Look, Tone};
use crate::web::plumbing::plain::short;

/// One property on one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PropertyCell {
    /// The settings of the node were not seen.
    Unseen,
    /// Not set.
    NotSet,
    /// Set, but empty.
    Empty,
    /// A value that may be shown.
    Plain(String),
    /// It comes from an environment that was not seen.
    Unknown(String),
    /// A secret that is that of most nodes.
    SecretSame {
        /// It is one that ships with Nacos.
        known_default: bool,
    },
    /// A secret that is not.
    SecretDifferent {
        /// It is one that ships with Nacos.
        known_default: bool,
    },
}

/// One key on all nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyRow {
    /// Key.
    pub key: String,
    /// Key of the word for how it is compared.
    pub class: &'static str,
    /// Values with whether the node is the odd one, in the order of the inventory.
    pub cells: Vec<(PropertyCell, bool)>,
    /// Nodes differ where they must not.
    pub differs: bool,
    /// The verdict.
    pub look: Look,
}

/// The databases of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabasesRow {
    /// The node.
    pub node: NodeName,
    /// Where it looks for its data.
    pub targets: String,
    /// `host:port`, and how a connection from the node ended.
    pub reached: Vec<(String, Look)>,
}

/// Settings side by side: key × node × verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertiesTable {
    /// Columns.
    pub nodes: Vec<NodeName>,
    /// Rows, differing ones first.
    pub rows: Vec<PropertyRow>,
    /// Rows that are equal and left out.
    pub hidden: usize,
    /// Where each node looks for its data, and whether it gets there.
    pub databases: Vec<DatabasesRow>,
    /// Parts that could not be seen.
    pub unseen: Vec<Unseen>,
}

impl Tables {
    /// Settings; only keys that differ unless `all`.
    #[must_use]
    pub fn properties(&self, all: bool) -> PropertiesTable {
        let model = self.model();
        let rows: Vec<PropertyRow> = settings::rows(&model).into_iter().map(|row| property_row(&model, row)).collect();
        let count = rows.len();
        let rows: Vec<PropertyRow> = rows.into_iter().filter(|row| all || row.differs).collect();
        let reached = |one: &DatabaseReached| {
            let look = one.result.map_or(Look::new(Tone::Unknown, "evidence-listed-unseen"), port_look);
            (short(&one.target), look)
        };
        let databases = model
            .nodes
            .iter()
            .filter_map(|node| Some((node.name, node.properties?)))
            .filter(|(_, seen)| !seen.databases.is_empty())
            .map(|(node, seen)| DatabasesRow {
                node: node.clone(),
                targets: short(&seen.databases.join(", ")),
                reached: seen.reached.iter().map(reached).collect(),
            })
            .collect();
        PropertiesTable {
            nodes: self.nodes(),
            hidden: count - rows.len(),
            rows,
            databases,
            unseen: self.unseen(&["config.properties"]),
        }
    }
}

fn property_row(model: &ClusterModel<'_>, row: settings::Row) -> PropertyRow {
    let cells: Vec<(PropertyCell, bool)> = model
        .nodes
        .iter()
        .enumerate()
        .map(|(index, node)| {
            let odd = row.odd.contains(&index);
            let Some(seen) = node.properties else { return (PropertyCell::Unseen, false) };
            let entry = seen.entries.iter().find(|entry| entry.key == row.key);
            let cell = match entry.map(|entry| &entry.value) {
                Some(Value::Hashed { known_default, .. }) if odd => {
                    PropertyCell::SecretDifferent { known_default: *known_default }
                }
                Some(Value::Hashed { known_default, .. }) => PropertyCell::SecretSame { known_default: *known_default },
                Some(Value::Empty) => PropertyCell::Empty,
                Some(Value::Unknown { text, .. }) => PropertyCell::Unknown(short(text)),
                Some(Value::Plain { text }) => PropertyCell::Plain(short(text)),
                // Flags are no entries; they come as shown values.
                None => match &row.values[index] {
                    Some(text) => PropertyCell::Plain(short(text)),
                    None if seen.flags_from.is_none() && !has_entry(model, &row.key) => PropertyCell::Unseen,
                    None => PropertyCell::NotSet,
                },
            };
            (cell, odd)
        })
        .collect();
    let look = if row.differs {
        Look::new(row.kind.outcome().into(), "evidence-property-differs")
    } else if row.class == KeyClass::MayDiffer {
        Look::new(Tone::Info, "evidence-property-may-differ")
    } else if cells.iter().filter(|(cell, _)| is_known(cell)).count() < 2 {
        Look::new(Tone::Unknown, "evidence-property-alone")
    } else if !cells.iter().all(|(cell, _)| is_known(cell)) {
        Look::new(Tone::Unknown, "evidence-same-as-seen")
    } else {
        Look::new(Tone::Ok, "evidence-property-same")
    };
    let class = match row.class {
        KeyClass::MustEqual => "evidence-class-must-equal",
        KeyClass::MayDiffer => "evidence-class-may-differ",
        KeyClass::Secret => "evidence-class-secret",
    };
    PropertyRow { key: short(&row.key), class, cells, differs: row.differs, look }
}

const fn is_known(cell: &PropertyCell) -> bool {
    !matches!(cell, PropertyCell::Unseen | PropertyCell::Unknown(_))
}

fn has_entry(model: &ClusterModel<'_>, key: &str) -> bool {
    model.nodes.iter().filter_map(|node| node.properties).any(|seen| seen.entries.iter().any(|entry| entry.key == key))
}
