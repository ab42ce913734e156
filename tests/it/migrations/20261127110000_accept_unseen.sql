UPDATE clusters SET accept_unseen = '["logs","links"]';
