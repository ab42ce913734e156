//! Nodes that call themselves something that is not the line of `cluster.conf` that means them.
//!
//! Nacos takes its own address from `nacos.server.ip`, else from the first network interface, and looks for exactly this in
//! its member list. What it does not find it adds: the node then is a member nobody meant, and the member that was meant is
//! nobody. With 1.x it takes no part in elections at all.

use super::{ClusterModel, address, cite, membership, nodes};
use crate::domain::evidence::EvidenceRef;
use crate::domain::observed::SignatureHits;
use crate::nacos::ports;
use crate::nacos::signatures::SignatureId;

/// A node that is not under its own address in its member list.
#[derive(Clone, Debug)]
pub struct OtherSelf {
    /// The node.
    pub node: usize,
    /// What it calls itself: `host:port`, or as its line says it.
    pub told: String,
    /// True if it says so itself; else its address was compared with its file.
    pub says_so: bool,
    /// Lines and answers.
    pub evidence: Vec<EvidenceRef>,
}

/// Nodes that are not under their own address in their member list, though the list has a line for every node.
#[must_use]
pub fn other_selves(model: &ClusterModel<'_>) -> Vec<OtherSelf> {
    (0..model.nodes.len()).filter_map(|index| by_lines(model, index).or_else(|| by_file(model, index))).collect()
}

/// By what it writes, once at each start with 2.x, again and again with 1.x.
fn by_lines(model: &ClusterModel<'_>, index: usize) -> Option<OtherSelf> {
    let node = &model.nodes[index];
    let began = node.stop.and_then(|stop| stop.starts.iter().copied().max());
    let of_this_start = |hits: &&SignatureHits| began.is_none_or(|began| hits.last >= Some(began));
    let lines = [SignatureId::SELF_NOT_IN_LIST, SignatureId::SELF_NOT_A_PEER];
    let hits = lines.into_iter().flat_map(|id| node.hits(id)).find(of_this_start)?;
    let told = told_in(hits.samples.last()?.captures.get("self")?);
    if named_by_most(model, &told) {
        return None;
    }
    // A file that lacks a line for the node is another fault: see `membership::not_listed` and `divergent_files`.
    let has_other_line = lines_for_others(model, index, &told).is_none_or(|lines| lines >= model.nodes.len());
    has_other_line.then(|| OtherSelf {
        node: index,
        told,
        says_so: true,
        evidence: cite::samples(node.name, std::iter::once(hits), 1),
    })
}

/// True if no fewer files name that address than do not: it is what the nodes know the node by, and its own file is the one
/// to look at. A node that took another address would be a stranger to all of them.
fn named_by_most(model: &ClusterModel<'_>, told: &str) -> bool {
    let Some(own) = address::split(told) else { return false };
    let files = model.nodes.iter().filter_map(|node| node.conf).filter(|conf| conf.present);
    let (mut naming, mut all) = (0, 0);
    for conf in files {
        all += 1;
        let port = |port: Option<u16>| port.unwrap_or(ports::DEFAULT_MAIN);
        let named =
            |member: &String| address::split(member).is_some_and(|(host, at)| host == own.0 && port(at) == port(own.1));
        // A node that does not find itself adds its line: a file with more lines than there are nodes holds such ones.
        naming += usize::from(conf.members.len() <= model.nodes.len() && conf.members.iter().any(named));
    }
    naming > 0 && 2 * naming >= all
}

/// By its own address, where its file names as many others as there are nodes and no other file names it.
fn by_file(model: &ClusterModel<'_>, index: usize) -> Option<OtherSelf> {
    let node = &model.nodes[index];
    let (source, told) = match node.view.and_then(|view| view.self_address.as_deref()) {
        Some(told) => ("API", told),
        None => ("start.out", node.stop.and_then(|stop| stop.self_address.as_deref())?),
    };
    let (host, _) = address::split(told)?;
    let names_it = |other: usize| {
        let members = model.nodes[other].conf.into_iter().flat_map(|conf| &conf.members);
        members.filter_map(|member| address::split(member)).any(|(named, _)| named == host)
    };
    let named = (0..model.nodes.len()).any(names_it) || membership::malformed(model, index);
    if named || lines_for_others(model, index, told).is_none_or(|lines| lines < model.nodes.len().max(2)) {
        return None;
    }
    let members = node.conf.map(|conf| conf.members.join("\n")).unwrap_or_default();
    let evidence = vec![cite::said(node.name, source, told), cite::said(node.name, "conf/cluster.conf", &members)];
    Some(OtherSelf { node: index, told: told.to_owned(), says_so: false, evidence })
}

/// A node whose settings give it the address of another one: the settings of one were copied to the other.
#[derive(Clone, Debug)]
pub struct SharedAddress {
    /// The node.
    pub node: usize,
    /// The node whose address it is.
    pub other: usize,
    /// The address.
    pub address: String,
    /// The setting.
    pub key: &'static str,
    /// The line of the setting.
    pub evidence: Vec<EvidenceRef>,
}

/// Nodes to which a setting gives the address of another node, which has it without a setting or by its own.
#[must_use]
pub fn shared_addresses(model: &ClusterModel<'_>) -> Vec<SharedAddress> {
    let of = |node: usize| {
        let (key, set) = nodes::set_address(&model.nodes[node])?;
        let is_of = |other: &usize| *other != node && model.nodes[*other].address.as_ref() == Some(&set);
        let other = (0..model.nodes.len()).find(is_of)?;
        // Where both are set to it, the one of which the members have no other line is the one that is meant.
        let sets_it = nodes::set_address(&model.nodes[other]).is_some_and(|(_, its)| its == set);
        let has_another = || model.nodes[node].addresses().any(|own| *own != set);
        let evidence =
            vec![cite::said(model.nodes[node].name, "application.properties", &format!("{key}={}", set.host))];
        let address = format!("{}:{}", set.host, set.port);
        (!sets_it || has_another()).then_some(SharedAddress { node, other, address, key, evidence })
    };
    (0..model.nodes.len()).filter_map(of).collect()
}

/// How many lines of the node's file name other hosts than that; `None`: its file was not read.
fn lines_for_others(model: &ClusterModel<'_>, index: usize, told: &str) -> Option<usize> {
    let own = address::split(told).map(|(host, _)| host);
    let members = &model.nodes[index].conf.filter(|conf| conf.present)?.members;
    Some(members.iter().filter(|member| address::split(member).map(|(host, _)| host) != own).count())
}

/// The address in `Member{ip='172.17.0.2', port=8848, …}`; else the text as it stands.
fn told_in(text: &str) -> String {
    let between = |from: &str, to: char| text.split_once(from)?.1.split_once(to).map(|(value, _)| value.to_owned());
    match (between("ip='", '\''), between("port=", ',')) {
        (Some(ip), Some(port)) => format!("{ip}:{port}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::told_in;

    #[test]
    fn the_address_of_a_member_is_found() {
        let member = "Member{ip='172.16.0.21', port=8848, state=UP, extendInfo={raftPort=7848}}";
        assert_eq!(told_in(member), "172.16.0.21:8848");
        assert_eq!(told_in("nacos-0.nacos-headless.:8848"), "nacos-0.nacos-headless.:8848");
    }
}
