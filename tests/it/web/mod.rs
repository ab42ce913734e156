//! Pages through the real router, store and commands, on a temporary folder; no network, no cluster.

mod audit;
mod board;
mod captures;
mod causes;
mod channels;
mod chart;
mod client_logs;
mod clusters;
mod credentials;
mod demo;
mod ending;
mod mail;
mod measures;
mod notes;
mod owners;
mod pages;
mod permissions;
mod races;
mod records;
mod rendered;
mod report;
mod review;
mod sessions;
mod site;
mod uploads;
mod wrong_report;
