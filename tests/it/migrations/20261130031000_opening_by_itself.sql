UPDATE clusters SET on_silence = 'open';
