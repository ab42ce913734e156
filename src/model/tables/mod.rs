//! What people are shown side by side: settings, ports and views, client connections, the logs of all nodes by time,
//! how the cluster stands, whether a node may be restarted.

pub mod baseline;
pub mod clients;
pub mod merged_log;
pub mod restart_gate;
pub mod settings;
pub mod standing;
pub mod views;
pub mod whereabouts;
