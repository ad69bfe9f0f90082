export default {
  name: 'script',
  timeline: [{ at: '3', fault: 'kil', target: 'primary of shard 1' }],
  objectives: { recovery_time: '< 8s' },
};
