throw new Error('the scenario itself is broken');
