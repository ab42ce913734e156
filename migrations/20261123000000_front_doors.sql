-- What clients use in place of the nodes (VIP, nginx, load balancer, DNS name): a JSON list.
ALTER TABLE clusters ADD COLUMN doors TEXT NOT NULL DEFAULT '[]';
